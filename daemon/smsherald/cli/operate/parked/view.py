"""What is parked as a table, in full, or as JSON; without --reveal no number, name or text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.table import Table

from smsherald.cli.operate.terminal import console, moment, of_times, plain, printable, time_of_day
from smsherald.model import ParkedEntry
from smsherald.settle.parked import ParkedMessage

_SHORT_ID = 10
_HIDDEN = "•••"
_DEEPEST = 32


def print_list(entries: Sequence[ParkedEntry], *, as_json: bool) -> None:
    """Print a line for each."""
    if as_json:
        typer.echo(json.dumps([_fields(entry) for entry in entries], indent=2))
        return
    if not entries:
        typer.echo("Nothing is parked that was asked for.")
        return
    table = Table("id", "parked (UTC)", "reason", "flow", "reference", "what is wrong")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.overflow = "fold"
    of_times(table.columns[1])
    for entry in entries:
        table.add_row(
            entry.id[:_SHORT_ID],
            time_of_day(entry.at),
            *map(plain, (entry.reason, entry.flow, entry.reference, entry.detail)),
        )
    console().print(table)


def print_details(messages: Sequence[ParkedMessage], *, reveal: bool, as_json: bool) -> None:
    """Print all there is of each."""
    if as_json:
        typer.echo(json.dumps([_all(message, reveal=reveal) for message in messages], indent=2))
        return
    for message in messages:
        table = Table(show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in _all(message, reveal=reveal).items():
            shown = value if isinstance(value, str | None) else json.dumps(value, indent=2)
            table.add_row(name, "\n".join(map(printable, (shown or "").splitlines())))
        console().print(table)


def _fields(entry: ParkedEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "parked_at": moment(entry.at),
        "reason": entry.reason,
        "detail": entry.detail,
        "flow": entry.flow,
        "reference": entry.reference,
        "event_id": entry.event_id,
        "routing_key": entry.routing_key,
    }


def _all(message: ParkedMessage, *, reveal: bool) -> dict[str, Any]:
    origin, delivery = message.origin, message.delivery
    return _fields(message.entry) | {
        "exchange": None if origin is None else origin.exchange,
        "first_seen": None if origin is None else moment(origin.first_seen),
        "attempt": None if origin is None else origin.attempt,
        "size": len(delivery.body),
        "body": _body(delivery.body, reveal=reveal),
    }


def _body(body: bytes, *, reveal: bool) -> Any:
    """Return it as JSON where it is some, else as text; hidden, only its form is left."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="backslashreplace") if reveal else _HIDDEN
    return data if reveal else _hidden(data, _DEEPEST)


def _hidden(value: Any, depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case Mapping() if depth:
            return {_name(name): _hidden(it, depth - 1) for name, it in value.items()}
        case list() if depth:
            return [_hidden(it, depth - 1) for it in value]
        case _:
            return _HIDDEN


def _name(name: str) -> str:
    """Leave what can be a field's name: a key may be a number of somebody's."""
    return name if name.isidentifier() else _HIDDEN
