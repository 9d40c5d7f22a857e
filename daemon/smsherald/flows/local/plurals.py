"""Chooses the form of a word by a number: CLDR's plural rules (UTS #35, part 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from smsherald.flows.local.data import data_of

T = TypeVar("T")

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_REMEMBERED = 64
_TRIED = range(121)
"""Whole numbers that every rule's categories for usual numbers are among; French has one more
from a million on."""


def choose(forms: Mapping[str, T], locale: str, number: Decimal) -> T:
    """Return the form of a number; where that is not given, `other`.

    `zero`, where it is given, is for 0 in every language.
    """
    if not number and "zero" in forms:
        return forms["zero"]
    category = data_of(locale).plural_form(number.normalize())
    return forms.get(category, forms["other"])


def check_forms(given: Collection[str], locale: str) -> None:
    """Raise ValueError, with a sentence, where a form is not given that is needed, or not used."""
    needed, used = _categories(locale)
    if strange := set(given).difference(CATEGORIES):
        raise ValueError(f"there is no plural `{min(strange)}`; there are {', '.join(CATEGORIES)}")
    missing = [each for each in CATEGORIES if each in needed and each not in given]
    if missing:
        forms = ", ".join(f"{each}=…" for each in missing)
        raise ValueError(f"plural in the locale `{locale}` needs {forms} too")
    unused = [each for each in CATEGORIES if each in given and each not in used | {"zero"}]
    if unused:
        there = ", ".join(each for each in CATEGORIES if each in used)
        raise ValueError(f"the locale `{locale}` has no plural `{unused[0]}`; it has {there}")


@lru_cache(_REMEMBERED)
def _categories(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the categories that usual numbers have, and all that there are."""
    rule = data_of(locale).plural_form
    # Zero is not needed where people write no text for it: `other` is the same.
    needed = frozenset(map(rule, _TRIED)) - {"zero"} | {"other"}
    return needed, rule.tags | {"other"}
