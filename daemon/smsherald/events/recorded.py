"""An event as a line of JSON: how `tap` writes what it saw, and how others read it again.

`{"at", "exchange", "routing_key", "properties", "headers", "body" or "body_base64"}`. What JSON has
no word for stands as an object of one key: `{"$bytes": BASE64}`, `{"$time": SECONDS}`,
`{"$decimal": DIGITS}`.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from smsherald.errors import UnusableError
from smsherald.events.decode import without_parameters
from smsherald.events.plain import is_number
from smsherald.events.strict_json import value_of
from smsherald.model import Delivery

_KEYS = {"at", "exchange", "routing_key", "properties", "headers", "body", "body_base64"}
_ALWAYS = {"exchange", "routing_key"}
_PARAMETERS = "parameters"
_YEAR_10000 = 253_402_300_800
_BYTES, _TIME, _DECIMAL = "$bytes", "$time", "$decimal"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A delivery as it was seen, and when: in seconds since the epoch, where the line says."""

    delivery: Delivery
    at: float | None


def is_recorded(data: object) -> bool:
    """Say whether parsed JSON is a recorded event, rather than an event's bare body.

    Its keys are these alone, and a body is one of them: no publisher's event looks so by chance.
    """
    if not isinstance(data, Mapping):
        return False
    keys = data.keys()
    return keys <= _KEYS and keys >= _ALWAYS and len(keys & {"body", "body_base64"}) == 1


def recorded(data: Mapping[str, Any]) -> Recorded:
    """Return what a line says, for which `is_recorded` holds.

    The bytes of a body that stands as JSON are its shortest. Raises ValueError with a sentence.
    """
    headers = {str(name): _back(value) for name, value in _table(data, "headers").items()}
    properties = {str(name): _back(value) for name, value in _table(data, "properties").items()}
    delivery = Delivery(
        body=_body(data),
        properties={**properties, "headers": headers},
        exchange=_text(data, "exchange"),
        routing_key=_text(data, "routing_key"),
        redelivered=False,
        tag=0,
    )
    return Recorded(delivery, _moment(data.get("at")))


def line_of(delivery: Delivery, at: float) -> dict[str, Any]:
    """Return what `recorded` reads; `at` is in seconds since the epoch.

    An envelope's `parameters` are emptied: there are credentials among them.
    """
    properties = dict(delivery.properties)
    headers = properties.pop("headers", None) or {}
    return {
        "at": round(at, 3),
        "exchange": delivery.exchange,
        "routing_key": delivery.routing_key,
        "properties": {name: _plain(value) for name, value in properties.items()},
        "headers": {name: _plain(value) for name, value in headers.items()},
        **_said(delivery.body),
    }


def shortest(body: Any) -> bytes:
    """Write a value as JSON without a byte more than it takes; half of a surrogate pair too."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )


def _said(body: bytes) -> dict[str, Any]:
    try:
        # What the daemon would refuse it must see again as it was.
        value = value_of(body.decode())
    except (UnicodeDecodeError, UnusableError):
        return {"body_base64": b64encode(body).decode()}
    if isinstance(value, dict) and _PARAMETERS in value and without_parameters(value):
        # That there were any makes `request_id` the event's identity.
        value[_PARAMETERS] = {}
    return {"body": value}


def _body(data: Mapping[str, Any]) -> bytes:
    if "body" in data:
        return shortest(data["body"])
    try:
        return b64decode(_text(data, "body_base64"), validate=True)
    except ValueError:
        raise ValueError("body_base64 is no base64") from None


def _moment(value: Any) -> float | None:
    if value is None:
        return None
    if not is_number(value):
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            message = (
                "at is neither seconds since the epoch nor a time such as 2026-01-01T00:00:00Z"
            )
            raise ValueError(message) from None
        value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if 0 <= value < _YEAR_10000:
        return float(value)
    # Above all milliseconds.
    raise ValueError("at is no time in seconds since the epoch, from 1970 to 9999")


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name) or {}
    if not isinstance(table, Mapping):
        raise _wrong(f"{name} is no object")
    return table


def _text(data: Mapping[str, Any], name: str) -> str:
    text = data[name]
    if not isinstance(text, str):
        raise _wrong(f"{name} is no text")
    return text


def _wrong(sentence: str) -> ValueError:
    return ValueError(sentence)


def _plain(value: Any) -> Any:
    match value:
        case bytes() | bytearray() | memoryview():
            return {_BYTES: b64encode(value).decode()}
        case datetime():
            zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
            return {_TIME: zoned.timestamp()}
        case Decimal() | float() if isinstance(value, Decimal) or not math.isfinite(value):
            return {_DECIMAL: str(value)}
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _back(value: Any) -> Any:
    match value:
        case {"$bytes": str(text), **rest} if not rest:
            return _decoded(text)
        case {"$time": int() | float() as seconds, **rest} if not rest:
            return _at(seconds)
        case {"$decimal": str(digits), **rest} if not rest:
            return _decimal(digits)
        case Mapping():
            return {str(name): _back(each) for name, each in value.items()}
        case list():
            return [_back(each) for each in value]
        case _:
            return value


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"what stands by {_BYTES} is no base64") from None


def _at(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"what stands by {_TIME} is no time that there is") from None


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError(f"what stands by {_DECIMAL} is no number") from None
