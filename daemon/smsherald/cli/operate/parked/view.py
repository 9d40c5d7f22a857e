"""What is parked in lines, in full, or as JSON; without --reveal no number, name or text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.terminal import (
    beneath,
    moment,
    print_fields,
    printable,
    side_by_side,
    utc,
)
from smsherald.model import ParkedEntry
from smsherald.settle.parked import ParkedMessage

_Time: TypeAlias = Callable[[float | None], str | None]

_SHORT_ID = 10
_HIDDEN = "•••"
_DEEPEST = 32


def print_list(entries: Sequence[ParkedEntry], *, as_json: bool) -> None:
    """Print each in lines that fit."""
    if as_json:
        in_json.echo([_fields(entry, moment) for entry in entries])
        return
    if not entries:
        typer.echo("Nothing is parked that was asked for.")
        return
    for entry in entries:
        at = "at a time unknown" if entry.at is None else utc(entry.at)
        named = (each for each in (entry.flow, entry.reference) if each)
        side_by_side([entry.id[:_SHORT_ID], at, entry.reason, *named])
        beneath(entry.detail)


def print_details(messages: Sequence[ParkedMessage], *, reveal: bool, as_json: bool) -> None:
    """Print all there is of each."""
    if as_json:
        in_json.echo([_all(message, moment, reveal=reveal) for message in messages])
        return
    for message in messages:
        fields = _all(message, utc, reveal=reveal)
        # Not in the table: to break many lines takes it minutes.
        body = fields.pop("body")
        print_fields(fields)
        shown = body if isinstance(body, str) else in_json.written(body)
        for line in shown.splitlines():
            typer.echo(printable(line))


def _fields(entry: ParkedEntry, time: _Time) -> dict[str, Any]:
    return {
        "id": entry.id,
        "parked_at": time(entry.at),
        "reason": entry.reason,
        "detail": entry.detail,
        "flow": entry.flow,
        "reference": entry.reference,
        "event_id": entry.event_id,
        "routing_key": entry.routing_key,
    }


def _all(message: ParkedMessage, time: _Time, *, reveal: bool) -> dict[str, Any]:
    origin, delivery = message.origin, message.delivery
    return _fields(message.entry, time) | {
        "exchange": None if origin is None else origin.exchange,
        "first_seen": None if origin is None else time(origin.first_seen),
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
