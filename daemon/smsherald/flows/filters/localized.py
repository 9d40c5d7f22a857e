"""Filters that write by the template's locale and time zone, which are their hidden argument.

`CHECKS` has for each what finds out while the template is compiled that its constants are wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from smsherald.events.plain import is_whole
from smsherald.flows.filters.listed import LONGEST, listed, printable, reads
from smsherald.flows.filters.numbers import MOST_DECIMALS, number_of
from smsherald.flows.local import Here, amounts, plurals
from smsherald.flows.local.data import data_of
from smsherald.flows.local.forms import writer
from smsherald.flows.local.letters import Kind
from smsherald.flows.local.moments import read
from smsherald.flows.local.zones import zone as zone_of

OF_THE_EVENT = object()
"""Stands, while a template is compiled, for an argument that only the event has."""


@listed
@reads
def date(value: Any, here: Here, form: str | None = None, zone: str | None = None) -> str:
    """Write a date in the words of the message's locale: `date`, `date("full")`, `date("d MMMM")`.

    Forms are short, medium (unless told otherwise), long and full; else it is a pattern of CLDR's.
    Takes ISO 8601, and numbers: seconds since 1970, milliseconds from 1e11 on. A time without an
    offset is one of the flow's `time_zone`, and the date is the one there; `zone="Europe/Berlin"`
    names another zone. A date alone stays that day.
    """
    return _written(Kind.DATE, value, here, form, zone)


@listed
@reads
def time(value: Any, here: Here, form: str | None = None, zone: str | None = None) -> str:
    """Write a time of day in the way of the message's locale: `time`, `time("HH:mm")`.

    Takes what `date` does, and a time alone, which stays that time; a date alone has none. Unless
    told otherwise it is the form `short`, without seconds; long and full name the zone.
    """
    return _written(Kind.TIME, value, here, form, zone)


@listed
@reads
def datetime(value: Any, here: Here, form: str | None = None, zone: str | None = None) -> str:
    """Write date and time: `datetime`, `datetime("full")`, `datetime("EEEE HH:mm")`.

    As `date` and `time` do; unless told otherwise the date is medium and the time short. A date
    alone is enough for a pattern that has no time.
    """
    return _written(Kind.DATETIME, value, here, form, zone)


@listed
@reads
def money(value: Any, here: Here, currency: str) -> str:
    """Write an amount of money: `money("EUR")`, or `money(order.currency)`, which is 19.90 EUR.

    Takes numbers and texts that are some; rounds half up to the decimals that the currency has.
    A currency is one of ISO 4217, in letters of any case.
    """
    if not isinstance(currency, str):
        raise TypeError
    return amounts.money(here[0], currency).write(number_of(value))


@listed
@reads
def number(value: Any, here: Here, decimals: int | None = None) -> str:
    """Write a number with the separators of the message's locale: 1234.5 is "1,234.5" in English.

    It has as many decimals as it has, up to 3, unless `number(2)` says how many. Rounds half up.
    """
    return amounts.plain_numbers(here[0], _places(decimals)).write(number_of(value))


@listed
@reads
def plural(value: Any, here: Here, **forms: str) -> str:
    """Choose a text by a number: `plural(one="# item", other="# items")`.

    The names are CLDR's: zero, one, two, few, many, other. Each locale has some of them, and
    `other`; `zero` is for 0 in all of them. A `#` stands for the number, `##` for a `#`.
    """
    writes = amounts.plain_numbers(here[0], None)
    exact = writes.rounded(number_of(value))
    text = printable(plurals.choose(forms, here[0], exact))
    written = writes.write(exact)
    if len(text) + text.count("#") * len(written) > LONGEST:
        raise ValueError
    return "#".join(part.replace("#", written) for part in text.split("##"))


def _written(kind: Kind, value: Any, here: Here, form: str | None, zone: str | None) -> str:
    locale, own_zone = here
    place: tzinfo = zone_of(own_zone if zone is None else printable(zone))
    return writer(kind, form, locale).write(read(value, place))


def _places(decimals: int | None) -> int | None:
    if decimals is not None and not (is_whole(decimals) and 0 <= decimals <= MOST_DECIMALS):
        raise ValueError(f"a number has 0 to {MOST_DECIMALS} decimals")
    return decimals


def _check_moment(kind: Kind, here: Here, form: Any = None, zone: Any = None) -> None:
    if form is OF_THE_EVENT or not isinstance(form, str | None):
        raise ValueError("its form or pattern is a text that stands in the template itself")
    writer(kind, form, here.locale)
    try:
        zone_of(here.time_zone)
        if zone is not None and zone is not OF_THE_EVENT:
            zone_of(zone)
    except ValueError as error:
        raise ValueError(f"its zone {error}") from None


def _check_money(here: Here, currency: Any) -> None:
    if currency is OF_THE_EVENT:
        data_of(here.locale)
        return
    if not isinstance(currency, str):
        raise ValueError('a currency is a text, as "EUR"')  # noqa: TRY004 - it is read by people.
    amounts.money(here.locale, currency)


def _check_number(here: Here, decimals: Any = None) -> None:
    amounts.plain_numbers(here.locale, None if decimals is OF_THE_EVENT else _places(decimals))


def _check_plural(here: Here, **forms: Any) -> None:
    amounts.plain_numbers(here.locale, None)
    plurals.check_forms(forms, here.locale)


CHECKS: dict[str, Callable[..., None]] = {
    **{kind.value: partial(_check_moment, kind) for kind in Kind},
    "money": _check_money,
    "number": _check_number,
    "plural": _check_plural,
}
"""Takes what the filter takes but for its value. Raises ValueError with a sentence."""
