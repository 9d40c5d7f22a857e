"""What an event says of its recipient beside the number: name, language, country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smsherald.cli.flows.begin.event.leaves import Leaf, joined, spelled
from smsherald.cli.flows.begin.event.phones import is_others
from smsherald.flows.language.paths import Path
from smsherald.settings.flows.languages import stranger
from smsherald.settings.shapes import locale as as_locale
from smsherald.sms import read_country

_FIRST = ("firstname", "givenname", "forename", "fname")
_FULL = (
    "fullname", "customername", "shippingname", "recipientname", "contactname", "attendeename",
    "displayname", "billingname", "guestname", "patientname", "name",
)  # fmt: skip
_LOCALES = (
    "locale", "customerlocale", "languagecode", "language", "lang", "preferredlocale",
    "preferredlanguage", "customerlanguage",
)  # fmt: skip
_COUNTRIES = (
    "countrycode", "countrycodev2", "countryiso", "countryiso2", "countryid", "shippingcountrycode",
    "shippingcountry", "billingcountry", "country",
)  # fmt: skip
_CODES = ("code", "iso", "iso2")
_PERSON = re.compile(r"[^\W\d_]+(?:[ '\u2019.-]+[^\W\d_]+\.?){0,4}")
_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Name:
    """Where a name stands; `whole`: a first name is only its first word."""

    leaf: Leaf
    whole: bool

    @property
    def template(self) -> str:
        """An expression for the first name; missing where it is."""
        path = spelled(self.leaf.path)
        return f"({path} | split | first)" if self.whole else path


def name(several: Sequence[Leaf], phone: Leaf | None) -> Name | None:
    """Find the first name of whom a number belongs to: the nearer to it, the likelier."""
    for keys, whole in ((_FIRST, False), (_FULL, True)):
        there = [
            leaf
            for leaf in several
            if joined(leaf.key) in keys and _is_person(leaf.value) and not is_others(leaf)
        ]
        there.sort(key=lambda leaf: (_distance(leaf, phone), keys.index(joined(leaf.key))))
        if there:
            return Name(there[0], whole)
    return None


def language(several: Sequence[Leaf]) -> Leaf | None:
    """Find the recipient's language or locale."""
    there = [leaf for leaf in several if joined(leaf.key) in _LOCALES and _is_locale(leaf.value)]
    return min(there, key=lambda leaf: (_LOCALES.index(joined(leaf.key)), leaf.depth), default=None)


def country(several: Sequence[Leaf], phone: Leaf | None) -> Path | None:
    """Find the country of a number without one: the nearer to it, the likelier."""
    there = [leaf for leaf in several if _is_country(leaf)]
    best = min(
        there,
        key=lambda leaf: (_distance(leaf, phone), _COUNTRIES.index(_country_key(leaf))),
        default=None,
    )
    return None if best is None else best.path


def _country_key(leaf: Leaf) -> str:
    said = joined(leaf.key)
    if said in _CODES and len(leaf.path) > 1 and isinstance(leaf.path[-2], str):
        return joined(leaf.path[-2])
    return said


def _is_country(leaf: Leaf) -> bool:
    return (
        _country_key(leaf) in _COUNTRIES
        and isinstance(leaf.value, str)
        and read_country(leaf.value) is not None
    )


def _is_person(value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST
        and _PERSON.fullmatch(value.strip()) is not None
    )


def _is_locale(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return stranger(as_locale(value)) is None
    except ValueError:
        return False


def _distance(leaf: Leaf, phone: Leaf | None) -> tuple[int, int]:
    """Return how many steps lie between two values, and how deep the one stands."""
    if phone is None:
        return 0, leaf.depth
    common = 0
    for one, other in zip(leaf.parent, phone.parent, strict=False):
        if one != other:
            break
        common += 1
    return len(leaf.parent) + len(phone.parent) - 2 * common, leaf.depth
