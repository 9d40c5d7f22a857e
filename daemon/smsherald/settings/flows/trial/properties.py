"""The AMQP properties and headers of a test's event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from marshmallow import ValidationError

from smsherald.events import headers
from smsherald.events.plain import is_number
from smsherald.settings.fields import AtKey, Integer, Meant, Text, misplaced
from smsherald.settings.keys import Keys

_LONGEST = 255
"""Bytes of a short string (AMQP 0-9-1, 4.2.5.3)."""
_LATEST = 253_402_300_799
"""Seconds; the last of the year 9999."""


def _short(text: str) -> str:
    if len(text.encode()) > _LONGEST:
        message = f"is longer than {_LONGEST} bytes, which no such property can be"
        raise ValueError(message)
    return text


class Moment(Meant[float]):
    """A date's text, without a zone in UTC, or seconds since the epoch."""

    _DUE = "a time such as 2026-01-01T00:00:00Z, or seconds since 1970,"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                message = "must be a time such as 2026-01-01T00:00:00Z, or seconds since 1970"
                raise ValidationError(message) from None
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if not is_number(value):
            raise ValidationError(misplaced(value, self._DUE))
        if not 0 < value <= _LATEST:
            message = "must be after 1970 and before the year 10000, in seconds"
            raise ValidationError(message)
        # AMQP's timestamp has whole seconds.
        return int(value)


class Headers(Meant[Mapping[str, Any]]):
    """A table of headers: names, with anything that YAML can say."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(misplaced(value, "a mapping"))
        if long := [name for name in value if len(name.encode()) > _LONGEST]:
            message = f"is longer than {_LONGEST} bytes, which no header's name can be"
            raise ValidationError({name: [AtKey(message)] for name in long})
        if not headers.are_carried(value):
            message = f"are larger than {headers.LARGEST:,} bytes, or nested too deep"
            raise ValidationError(message)
        return value


class PropertiesSchema(Keys):
    """AMQP's basic properties (AMQP 0-9-1, class basic), but for `headers`."""

    hints: ClassVar[Mapping[str, str]] = {
        "headers": "unknown; `headers` stands beside `properties`",
    }

    content_type = Text(
        _short, meaning="What the body is written in, such as `application/cloudevents+json`."
    )
    content_encoding = Text(_short, meaning="How the body is encoded, such as `utf-8`.")
    delivery_mode = Integer(1, 2, meaning="`2` where the broker keeps it on disk, else `1`.")
    priority = Integer(0, 255, meaning="How urgent it is, 0 to 255.")
    correlation_id = Text(_short, meaning="What it belongs to.")
    reply_to = Text(_short, meaning="Where an answer goes.")
    expiration = Text(_short, meaning="Milliseconds until the broker drops it, as text.")
    message_id = Text(_short, meaning="The event's id.")
    timestamp = Moment(
        meaning="When it happened: a time such as `2026-01-01T00:00:00Z`, or seconds since 1970."
    )
    type = Text(_short, meaning="A name that the event is known by.")
    user_id = Text(_short, meaning="The broker's user that published it.")
    app_id = Text(_short, meaning="Who published it.")
    cluster_id = Text(_short, meaning="Nothing: AMQP keeps it for old brokers.")

    def _unknown(self, key: str, known: list[str]) -> AtKey:
        if key in self.hints:
            return AtKey(self.hints[key])
        said = str(super()._unknown(key, known))
        between = " " if said.endswith("?") else "; "
        return AtKey(f"{said}{between}AMQP has {', '.join(known[:-1])} and {known[-1]}")
