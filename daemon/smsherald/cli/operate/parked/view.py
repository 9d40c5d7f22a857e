"""What is parked as a table, in full, or as JSON; without --reveal no number, name or text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import typer

from smsherald.cli.operate.terminal import console, moment, print_fields, printable, time_of_day
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
    width = console().width
    for entry in entries:
        at = time_of_day(entry.at) or "at a time unknown"
        head = [entry.id[:_SHORT_ID], at, entry.reason]
        head += [each for each in (entry.flow, entry.reference) if each]
        _print_wrapped("  ".join(map(printable, head)), "", width)
        _print_wrapped(printable(entry.detail), "    ", width)


def _print_wrapped(text: str, indent: str, width: int) -> None:
    for line in wrap(text, width, initial_indent=indent, subsequent_indent="    "):
        typer.echo(line)


def print_details(messages: Sequence[ParkedMessage], *, reveal: bool, as_json: bool) -> None:
    """Print all there is of each."""
    if as_json:
        typer.echo(json.dumps([_all(message, reveal=reveal) for message in messages], indent=2))
        return
    for message in messages:
        fields = _all(message, reveal=reveal)
        # Not in the table: to break many lines takes it minutes.
        body = fields.pop("body")
        print_fields(fields)
        shown = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
        for line in shown.splitlines():
            typer.echo(printable(line))


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
