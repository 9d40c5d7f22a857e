"""Reads the dates and times that events have."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeAlias

from smsherald.events.plain import is_number

Moment: TypeAlias = datetime | date | time
"""A datetime has a zone; a time alone has none."""

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
# `UTC` and a space before the offset are Ruby's, the zone in brackets is Java's.
_ZONE = r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)(?:\[[A-Za-z0-9_+/-]{1,64}\])?"
_TEXT = re.compile(
    rf"(?P<day>{_DAY})?(?:(?(day)[T ])(?P<time>{_TIME})(?:{_ZONE})?)?", re.IGNORECASE
)
_DIGITS = re.compile(r"-?[0-9]{9,13}(?:\.[0-9]{1,9})?")
_LONGEST = 120

_MILLISECONDS = 1e11
"""From here on a number counts them; as seconds it would be of the year 5138."""
_SECONDS = 1e8
"""Below this, in 1973, a number is more likely a count of days, a year, or what stands for none."""
_FIRST_YEAR = 1900
"""A year before is what publishers send for no date: 0001-01-01, 1899-12-30."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(value: Any, zone: tzinfo) -> Moment:
    """Read a date or a time as an event has it; a datetime is returned in the given zone.

    Takes ISO 8601 with a day, a time, or both, and with or without an offset: without one it is a
    time of the given zone. A day alone stays that day. Takes numbers, and texts of 9 to 13 digits:
    seconds since 1970 in UTC, milliseconds from 1e11 on. Takes what a schema made of one.
    Raises TypeError, ValueError and OverflowError.
    """
    if isinstance(value, date | time):
        return _of_schema(value, zone)
    if isinstance(value, str):
        text = value.strip() if len(value) < _LONGEST else ""
        if not _DIGITS.fullmatch(text):
            return _of_text(text, zone)
        value = float(text)
    if not is_number(value):
        raise TypeError
    if not abs(value) >= _SECONDS:
        raise ValueError
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    return _checked((_EPOCH + timedelta(seconds=seconds)).astimezone(zone))


def _of_text(text: str, zone: tzinfo) -> Moment:
    match = _TEXT.fullmatch(text)
    if match is None or not text:
        raise ValueError
    day, clock, offset = match["day"], match["time"], match["zone"]
    if clock is None:
        return _checked(date.fromisoformat(day))
    clock = clock.replace(",", ".")
    if day is None:
        if offset is not None:
            # On which day is not known, and so not what it is in another zone.
            raise ValueError
        return time.fromisoformat(clock)
    return _placed(datetime.fromisoformat(f"{day}T{clock}{_offset(offset)}"), zone)


def _of_schema(value: Moment, zone: tzinfo) -> Moment:
    if isinstance(value, datetime):
        return _placed(value, zone)
    if isinstance(value, date):
        return _checked(value)
    if value.tzinfo is not None:
        raise ValueError
    return value


def _placed(moment: datetime, zone: tzinfo) -> date:
    return _checked(moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone))


def _offset(text: str | None) -> str:
    if text is None:
        return ""
    return text if text[0] in "+-" else "+00:00"


def _checked(moment: date) -> date:
    if moment.year < _FIRST_YEAR:
        raise ValueError
    return moment
