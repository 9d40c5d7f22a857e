"""The headers that are not the publisher's: ours, and the broker's.

Ours and the broker's `x-…` are known in any case, so that none passes for a publisher's. `CC` and
`BCC` are as RabbitMQ has them: it acts on no other spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OURS = "x-smsherald-"

ROUTING_KEY = f"{_OURS}routing-key"
EXCHANGE = f"{_OURS}exchange"
TYPES = f"{_OURS}types"
IDENTITY = f"{_OURS}identity"
ATTEMPT = f"{_OURS}attempt"
DEFECTS = f"{_OURS}defects"
FIRST_SEEN = f"{_OURS}first-seen"
FLOW = f"{_OURS}flow"
LEDGER = f"{_OURS}ledger"
REASON = f"{_OURS}reason"
DETAIL = f"{_OURS}detail"
REFERENCE = f"{_OURS}reference"
PARKED_AT = f"{_OURS}parked-at"
FIRST_PARKED = f"{_OURS}first-parked"

_GROUPS = (_OURS, "x-first-death-", "x-last-death-")
_NAMES = frozenset({"x-death", "x-delivery-count"})
_DELIVERS_BY = frozenset({"CC", "BCC"})
"""RabbitMQ delivers to the queues that these name (Sender-selected Distribution)."""


LARGEST = 64_000
"""Bytes of a publisher's headers that a copy carries. A frame, RabbitMQ's 131,072 bytes, must hold
them with ours and the other properties."""
DEEPEST = 32
"""Tables and lists within each other: a table is read and written again level by level."""


def are_carried(headers: Mapping[Any, Any]) -> bool:
    """Say whether a copy can carry headers: by their size on the wire, and their depth."""
    return 0 <= _size(headers, DEEPEST) <= LARGEST


def _size(value: Any, depth: int) -> int:
    """Return how many bytes a value takes in an AMQP table at most; below zero: it is too deep."""
    match value:
        case str():
            return 5 + len(value.encode("utf-8", "surrogatepass"))
        case bytes():
            return 5 + len(value)
        case Mapping() | list() if depth == 0:
            return -1 - LARGEST * LARGEST
        case Mapping():
            return 5 + sum(_size(k, depth) + _size(v, depth - 1) for k, v in value.items())
        case list():
            return 5 + sum(_size(item, depth - 1) for item in value)
        case _:
            return 9


def ours(received: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the headers that only we write, whoever wrote them."""
    return {
        name: value
        for name, value in received.items()
        if isinstance(name, str) and name.lower().startswith(_OURS)
    }


def publishers(received: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the publisher's own headers: what templates see and what a copy carries on.

    A name that is not UTF-8, which comes as bytes, is left out: it cannot be written again.
    """
    return {
        name: value
        for name, value in received.items()
        if isinstance(name, str) and is_publishers(name)
    }


def is_publishers(name: str) -> bool:
    """Say whether a header of this name is the publisher's own."""
    lowered = name.lower()
    return not (name in _DELIVERS_BY or lowered in _NAMES or lowered.startswith(_GROUPS))
