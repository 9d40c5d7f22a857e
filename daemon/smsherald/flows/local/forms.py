"""Writes dates and times in a locale's words, by its own forms or by a pattern of CLDR's.

The letters of a pattern: UTS #35, part 4, Date Field Symbol Table; of them those that a text to a
person may need.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from smsherald.flows.local.data import data_of
from smsherald.flows.local.letters import ZONE, Kind, check_pattern, letters
from smsherald.flows.local.moments import Moment
from smsherald.flows.local.plain import plain

if TYPE_CHECKING:
    from babel import Locale
    from babel.dates import DateTimePattern

_REMEMBERED = 256


class Form(StrEnum):
    """The forms that every locale has."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"
    FULL = "full"


_FORMS = frozenset(Form)
_USUAL = {Kind.DATE: Form.MEDIUM, Kind.TIME: Form.SHORT}
"""Without a form; a time has no seconds then."""
_TRIED = [datetime(2026, 2, 3, hour, 4, 5, tzinfo=UTC) for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes moments in one form and one locale."""

    kind: Kind
    parts: tuple[str | DateTimePattern, ...]
    """What stands as it is, and what stands for something."""
    locale: Locale
    needs_time: bool
    """Whether a day alone is not enough."""
    needs_zone: bool
    """Whether a time alone is not enough."""

    def write(self, moment: Moment) -> str:
        """Write it. Raises ValueError for a moment that has too little to say."""
        if isinstance(moment, time):
            enough = self.kind is Kind.TIME and not self.needs_zone
        else:
            enough = isinstance(moment, datetime) or not self.needs_time
        if not enough:
            raise ValueError
        return plain(
            "".join(
                part if isinstance(part, str) else part.apply(moment, self.locale)
                for part in self.parts
            )
        )


@lru_cache(_REMEMBERED)
def writer(kind: Kind, form: str | None, locale: str) -> Writer:
    """Return what writes a kind in a form, by a pattern, or as usual where that is None.

    Raises ValueError with a sentence for what is neither, and for a locale without data.
    """
    data = data_of(locale)
    if form is None or form in _FORMS:
        parts = _of_locale(kind, form, data)
    else:
        check_pattern(kind, form)
        from babel.dates import parse_pattern  # noqa: PLC0415

        parts = (parse_pattern(form),)
    patterns = [part.pattern for part in parts if not isinstance(part, str)]
    used = {field[0] for pattern in patterns for field in letters(pattern)}
    made = Writer(
        kind=kind,
        parts=parts,
        locale=data,
        needs_time=bool(used & (Kind.TIME.letters | ZONE)),
        needs_zone=bool(used & ZONE),
    )
    _try(made, form)
    return made


def _of_locale(kind: Kind, form: str | None, data: Locale) -> tuple[str | DateTimePattern, ...]:
    day = data.date_formats[form or _USUAL[Kind.DATE]]
    clock = data.time_formats[form or _USUAL[Kind.TIME]]
    if kind is Kind.DATE:
        return (day,)
    if kind is Kind.TIME:
        return (clock,)
    joined = str(data.datetime_formats[form or _USUAL[Kind.DATE]]).replace("'", "")
    before, rest = joined.split("{", 1)
    first, between = rest[0], rest[2:]
    middle, rest = between.split("{", 1)
    patterns = {"0": clock, "1": day}
    return (before, patterns[first], middle, patterns[rest[0]], rest[2:])


def _try(made: Writer, form: str | None) -> None:
    """Find out now what the locale's data have no words for."""
    try:
        for moment in _TRIED:
            made.write(moment)
    except (LookupError, ValueError, AttributeError):
        message = f"`{form}` cannot be written in the locale `{made.locale}`"
        raise ValueError(message) from None
