"""Whom a flow texts: the first of its ways to a number that leads to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from smsherald.errors import Reason, UnusableError
from smsherald.flows.deadline import TooSlowError
from smsherald.flows.language.paths import OR, Path, spell
from smsherald.flows.language.runtime import Values, follow
from smsherald.flows.language.syntax import TemplateError
from smsherald.flows.language.template import Template
from smsherald.sms import (
    NOT_UNDERSTOOD,
    NotUnderstood,
    address_country,
    e164,
    e164_in,
    read_country,
)
from smsherald.sms.spelling import digits

Country: TypeAlias = str | NotUnderstood | None
"""ISO 3166, or that none was said."""

Source: TypeAlias = Literal["address", "region", "default"]
"""What says the country of a national number."""

_ADDRESSES = ("billing_address", "shipping_address")
"""Where a shipped schema may have the country of who is known by no address of their own."""


@dataclass(frozen=True, slots=True)
class Way:
    """A template for a number; a national one is of the country of the `address` it stands in."""

    template: Template
    address: Path | None
    """None: it stands in no address that a schema knows."""

    @classmethod
    def of(cls, template: Template, roots: frozenset[str]) -> Self:
        """Find the address among what the template prints, below one of `roots`.

        Raises TemplateError where there are two: a number of one would be read in the other's
        country.
        """
        parents = {path[:-1] for path in template.printed if path[0] in roots and len(path) > 1}
        if len(parents) > 1:
            named = " and ".join(sorted(map(spell, parents)))
            message = (
                f"reads two addresses, {named}, each with a country of its own: make it a list"
            )
            raise TemplateError(message, 1)
        return cls(template, next(iter(parents), None))

    @property
    def paths(self) -> str:
        """What it reads, for errors."""
        return OR.join(map(spell, self.template.printed)) or "its text"

    def country(self, view: Values) -> Country:
        """Return the country of its address; None where there is none."""
        if self.address is None:
            return None
        place = follow(view.get(str(self.address[0])), self.address)
        said = address_country(place) if isinstance(place, Mapping) else None
        if said is not None or len(self.address) > 1 or not isinstance(place, Mapping):
            return said
        inner = (place.get(name) for name in _ADDRESSES)
        countries = (address_country(each) for each in inner if isinstance(each, Mapping))
        return next((country for country in countries if country is not None), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a recipient was found."""

    number: str
    """E.164."""
    way: Way
    country: str | None
    """Where a national number is read (ISO 3166); None: it has its own calling code."""
    source: Source | None


def recipient(ways: Sequence[Way], view: Values, region: Template | None, default: str) -> str:
    """Return the number (E.164) that the first way leads to that leads to any.

    A national number is read in its address's country, else in the one that `region` renders,
    else in `default` (ISO 3166). Raises UnusableError: of one way what it met, of several
    BAD_NUMBER if one of them was there and was none, else MISSING_VALUE; TooSlowError.
    """
    if len(ways) == 1:
        return _number(ways[0], "to", view, region, default)
    bad: UnusableError | None = None
    for way in ways:
        try:
            return _number(way, f"to: {way.paths}", view, region, default)
        except TooSlowError:
            raise
        except UnusableError as error:
            if error.reason is Reason.BAD_NUMBER:
                bad = bad or error
    if bad is not None:
        raise bad
    tried = ", ".join(way.paths for way in ways)
    raise UnusableError(Reason.MISSING_VALUE, f"to: there is no number in {tried}")


def reading(ways: Sequence[Way], view: Values, region: Template | None, default: str) -> Reading:
    """Return what `recipient` does, and how it came to it. Raises as that does."""
    number = recipient(ways, view, region, default)
    way = next(way for way in ways if _leads(way, view, region, default))
    if digits(way.template.render(view, "to").strip()).startswith("+"):
        return Reading(number, way, None, None)
    choices: tuple[tuple[Source, Country], ...] = (
        ("address", way.country(view)),
        ("region", _rendered(region, view)),
        ("default", default),
    )
    source, country = next((source, said) for source, said in choices if said)
    return Reading(number, way, country if isinstance(country, str) else None, source)


def _leads(way: Way, view: Values, region: Template | None, default: str) -> bool:
    try:
        _number(way, "to", view, region, default)
    except UnusableError:
        return False
    return True


def _number(way: Way, what: str, view: Values, region: Template | None, default: str) -> str:
    text = way.template.render(view, "to").strip()
    if not text:
        raise UnusableError(Reason.MISSING_VALUE, f"to: {way.paths} is empty")
    try:
        if text[0] == "+":
            return e164(text, default)
        country = way.country(view) or _rendered(region, view) or default
        return e164_in(text, country)
    except UnusableError as error:
        raise UnusableError(error.reason, f"{what}: {error.detail}") from None


def _rendered(region: Template | None, view: Values) -> Country:
    said = "" if region is None else region.render(view, "region").strip()
    return (read_country(said) or NOT_UNDERSTOOD) if said else None
