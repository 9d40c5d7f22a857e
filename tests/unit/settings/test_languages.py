"""The languages of messages: none that exists is doubted."""

from __future__ import annotations

import pytest
from babel.localedata import locale_identifiers

from smsherald.settings.flows.languages import stranger


def test_every_language_that_cldr_knows_is_one() -> None:
    known = locale_identifiers()

    assert len(known) > 500
    assert [locale for locale in known if stranger(locale)] == []


@pytest.mark.parametrize("locale", ["iw", "in", "he-IL", "ZH_Hant", "fil", "sr-Latn", "mo"])
def test_old_codes_and_any_spelling_are_known(locale: str) -> None:
    assert stranger(locale) is None


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("jp", "no language has the code `jp` (ISO 639); `jp` is a country: did you mean `ja`?"),
        ("CZ_cz", "no language has the code `cz` (ISO 639); `cz` is a country: did you mean `cs`?"),
        ("xx", "no language has the code `xx` (ISO 639)"),
    ],
)
def test_others_are_not(locale: str, said: str) -> None:
    assert stranger(locale) == said
