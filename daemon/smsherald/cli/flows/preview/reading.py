"""The events of a file: a body as it is published, a recorded event, or a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smsherald.errors import UnusableError
from smsherald.events.recorded import is_recorded, recorded
from smsherald.events.strict_json import value_of
from smsherald.model import Delivery

STANDARD_INPUT = "-"
MOST_BYTES = 50 * 1000**2
"""Of all that is read; what is shown of it is far smaller."""
_LINES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Given:
    """An event as it was found; `delivery` of a bare body has no exchange and no routing key."""

    where: str
    """The file, with the line where it has several events."""
    delivery: Delivery
    is_recorded: bool
    at: float | None
    """When it was recorded, in seconds since the epoch."""
    written_anew: bool = False
    """The white space of its body was not recorded."""


def read_file(name: str) -> bytes:
    """Return what is in a file, or comes by standard input.

    Raises OSError, and ValueError with a sentence for more than MOST_BYTES.
    """
    if name == STANDARD_INPUT:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        with Path(name).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        message = f"{name} is larger than {MOST_BYTES:,} bytes: show some of its lines (head -n 20)"
        raise ValueError(message)
    return data


def events_of(name: str, data: bytes) -> Iterator[Given]:
    """Go through the events in what was read.

    Lines are events of their own where the file's name ends so (`.jsonl`, `.ndjson`), or where the
    first is a recorded event and all together are no JSON. Raises ValueError with a sentence for a
    recorded event that cannot be read.
    """
    where = "standard input" if name == STANDARD_INPUT else name
    lines = data.splitlines()
    if Path(name).suffix not in _LINES:
        whole = _parsed(data)
        first = next((line for line in lines if line.strip()), b"")
        if whole is not None or not is_recorded(_parsed(first)):
            yield _given(where, data, whole)
            return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _given(f"{where}:{number}", line, _parsed(line))


def said(given: Given, key: str | None, exchange: str | None, headers: Mapping[str, str]) -> Given:
    """Return the event with what the command line says of it."""
    delivery = given.delivery
    properties = delivery.properties
    if headers:
        properties = {**properties, "headers": {**properties.get("headers", {}), **headers}}
    delivery = replace(
        delivery,
        properties=properties,
        routing_key=delivery.routing_key if key is None else key,
        exchange=delivery.exchange if exchange is None else exchange,
    )
    return replace(given, delivery=delivery)


def _given(where: str, data: bytes, value: Any) -> Given:
    if not is_recorded(value):
        bare = Delivery(data, {"headers": {}}, "", "", redelivered=False, tag=0)
        return Given(where, bare, is_recorded=False, at=None)
    try:
        read = recorded(value)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return Given(where, read.delivery, is_recorded=True, at=read.at, written_anew="body" in value)


def _parsed(data: bytes) -> Any:
    try:
        return value_of(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, UnusableError):
        return None
