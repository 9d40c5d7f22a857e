"""What an event is about: the object within its envelopes, and a shipped schema that fits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.cli.flows.begin.event.leaves import Leaf, leaves, spelled, text_of
from smsherald.cli.flows.begin.event.phones import find
from smsherald.errors import UnusableError
from smsherald.events.strict_json import value_of
from smsherald.flows.language.paths import Path

_MOST_ENVELOPES = 4
_ENVELOPES = (
    "data",
    "message",
    "payload",
    "detail",
    "object",
    "resource",
    "body",
    "event",
    "result",
)
_THINGS = (
    "order", "shipment", "booking", "fulfillment", "fulfilment", "appointment",
    "reservation", "invoice", "payment", "subscription", "delivery", "parcel", "ticket",
)  # fmt: skip
_ADDRESSES = ("billing_address", "shipping_address")
_CELERY = 3
BODY: Path = ("event", "body")


@dataclass(frozen=True, slots=True)
class Subject:
    """What templates read: `root` is its name there."""

    root: Path
    value: Any
    unwrap: str | None = None
    """The expression that finds it; None: it is the body itself."""
    schema: str | None = None

    def leaves(self) -> list[Leaf]:
        """Return its values, as templates name them."""
        return list(leaves(self.value, self.root))


def find_subject(body: Any) -> Subject:
    """Take an event's envelopes off, as long as no phone number stands outside of them."""
    expression, value = spelled(BODY), body
    for _ in range(_MOST_ENVELOPES):
        if (fitting := _schema(value)) is not None:
            schema, inner = fitting
            unwrap = None if value is body else expression
            return Subject((schema,), inner, unwrap, schema)
        step = _envelope(value)
        if step is None:
            break
        suffix, inner = step
        whole = f"({expression})" if "|" in expression else expression
        expression, value = f"{whole}{suffix}", inner
    if value is body:
        return Subject(BODY, body)
    return Subject(("data",), value, expression)


def _envelope(value: Any) -> tuple[str, Any] | None:
    """Return the step into an envelope, and what is in it; None where it is none."""
    match value:
        case [list(), dict() as keywords, dict()] if len(value) == _CELERY and keywords:
            return "[1]", keywords
        case [dict() as only, *_] if only:
            return "[0]", only
        case dict():
            pass
        case _:
            return None
    for suffix, inner, rest in _candidates(value):
        if not find(list(leaves(rest, BODY))).ways:
            return suffix, inner
    return None


def _candidates(value: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield steps with what they lead to, and what would be left outside."""
    for key in (*_ENVELOPES, *_THINGS):
        inner = value.get(key)
        rest = {name: each for name, each in value.items() if name != key}
        if key in _THINGS and any(isinstance(each, dict | list) for each in rest.values()):
            # What it is about has its parts beside each other.
            continue
        match inner:
            case dict() if inner:
                yield f".{key}", inner, rest
            case [dict() as only] if key in _ENVELOPES and only:
                yield f".{key}[0]", only, rest
            case str() if key in _ENVELOPES and inner.lstrip().startswith("{"):
                try:
                    parsed = value_of(inner)
                except UnusableError:
                    continue
                if isinstance(parsed, dict) and parsed:
                    yield f".{key} | fromjson", parsed, rest


def _schema(value: Any) -> tuple[str, Mapping[str, Any]] | None:
    """Return the shipped schema that fits, and what it reads."""
    if not isinstance(value, Mapping):
        return None
    for name, fits in _FITS.items():
        inner = value.get(name)
        if isinstance(inner, dict) and fits(inner):
            return name, inner
    for name in ("shipment", "order", "customer"):
        if _FITS[name](value) and find(list(leaves(value, (name,)))).ways:
            return name, value
    return None


def _has(value: Mapping[str, Any], *keys: str) -> bool:
    return any(text_of(value.get(key)) for key in keys)


def _has_address(value: Mapping[str, Any], *names: str) -> bool:
    return any(
        isinstance(address := value.get(name), dict)
        and "firstname" in address
        and _has(address, "phone")
        for name in names
    )


def _order(value: Mapping[str, Any]) -> bool:
    return _has(value, "number", "id") and _has_address(value, *_ADDRESSES)


def _shipment(value: Mapping[str, Any]) -> bool:
    return (
        _has(value, "number", "id")
        and _has(value, "order_id", "order_number")
        and _has_address(value, "shipping_address")
    )


def _customer(value: Mapping[str, Any]) -> bool:
    return "firstname" in value and (_has(value, "phone") or _has_address(value, "billing_address"))


def _sms(value: Mapping[str, Any]) -> bool:
    return _has(value, "phone") and _has(value, "message")


_FITS = {"shipment": _shipment, "order": _order, "customer": _customer, "sms": _sms}
