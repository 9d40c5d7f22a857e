"""Dates, money, numbers and plurals in the words of a message's locale."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given, settings
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Here, Template

NOON = "2026-03-07T12:30:00Z"
LOCALES = [
    "en",
    "de",
    "fr",
    "es",
    "ar",
    "ja",
    "pt-BR",
    "pl",
    "he",
    "no",
    "sv",
    "zh_TW",
    "de-CH",
    "fa",
]
# What would make a short text a long one, or cannot be seen.
NOT_PLAIN = re.compile(
    "[\u00a0\u2000-\u200a\u200b\u200e\u200f\u2010-\u2013\u2019\u202a-\u202f\u2060-\u2069\u2212\u061c]"
)


def written(filters: str, value: Any, locale: str = "en", zone: str = "UTC", **more: Any) -> str:
    template = Template(f"{{{{ value | {filters} }}}}", here=Here(locale, zone))
    return template.render({"value": value, **more}, "message")


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("en", ["Mar 7, 2026", "Saturday, March 7, 2026", "12:30 PM", "Mar 7, 2026, 12:30 PM",
         "Sat 7 March"]),
        ("de", ["07.03.2026", "Samstag, 7. März 2026", "12:30", "07.03.2026, 12:30", "Sa. 7 März"]),
        ("fr", ["7 mars 2026", "samedi 7 mars 2026", "12:30", "7 mars 2026, 12:30", "sam. 7 mars"]),
        ("es", ["7 mar 2026", "sábado, 7 de marzo de 2026", "12:30", "7 mar 2026, 12:30",
         "sáb 7 marzo"]),
        ("pt-BR", ["7 de mar. de 2026", "sábado, 7 de março de 2026", "12:30",
         "7 de mar. de 2026 12:30", "sáb. 7 março"]),
        ("pl", ["7 mar 2026",
         "sobota, 7 marca 2026", "12:30", "7 mar 2026, 12:30", "sob. 7 marca"]),
        ("ja", ["2026/03/07", "2026年3月7日土曜日", "12:30", "2026/03/07 12:30", "土 7 3月"]),
        ("ar", ["07/03/2026", "السبت، 7 مارس 2026", "12:30 م", "07/03/2026، 12:30 م",
         "السبت 7 مارس"]),
        ("zh_TW", ["2026年3月7日", "2026年3月7日 星期六", "中午12:30", "2026年3月7日 中午12:30",
         "週六 7 3月"]),
        ("no", ["7. mars 2026", "lørdag 7. mars 2026", "12:30", "7. mars 2026, 12:30",
         "lør. 7 mars"]),
    ],
)  # fmt: skip
def test_a_date_is_of_the_locale(locale: str, texts: list[str]) -> None:
    filters = ["date", "date('full')", "time", "datetime", "date('EEE d MMMM')"]

    assert [written(each, NOON, locale) for each in filters] == texts


@pytest.mark.parametrize(
    ("locale", "euro", "yen", "francs", "number"),
    [
        ("en", "€1,234.50", "¥1,235", "-CHF 1,234.50", "1,234.5"),
        ("de", "1.234,50 €", "1.235 ¥", "-1.234,50 CHF", "1.234,5"),
        ("fr", "1 234,50 €", "1 235 JPY", "-1 234,50 CHF", "1 234,5"),
        ("es", "1.234,50 €", "1.235 JPY", "-1.234,50 CHF", "1.234,5"),
        ("pt-BR", "€ 1.234,50", "JP¥ 1.235", "-CHF 1.234,50", "1.234,5"),
        ("pl", "1 234,50 €", "1 235 JPY", "-1 234,50 CHF", "1 234,5"),
        ("ja", "€1,234.50", "￥1,235", "-CHF 1,234.50", "1,234.5"),
        ("ar", "1,234.50 €", "1,235 JP¥", "-1,234.50 CHF", "1,234.5"),
        ("de-CH", "EUR 1'234.50", "¥ 1'235", "CHF-1'234.50", "1'234.5"),
        # Money has another decimal sign there than numbers have.
        ("fr-CH", "1'234.50 €", "1'235 JPY", "-1'234.50 CHF", "1'234,5"),
        ("hi", "€1,234.50", "JP¥1,235", "-CHF 1,234.50", "1,234.5"),
    ],
)
def test_money_and_numbers_are_of_the_locale(
    locale: str, euro: str, yen: str, francs: str, number: str
) -> None:
    amounts = [
        written("money('EUR')", 1234.5, locale),
        written("money('JPY')", "1234.50", locale),
        written("money('CHF')", -1234.5, locale),
        written("number", 1234.5, locale),
    ]

    assert amounts == [euro, yen, francs, number]


@pytest.mark.parametrize(
    ("filters", "value", "text"),
    [
        ("money('EUR')", 2.675, "€2.68"),
        ("money('EUR')", "0.005", "€0.01"),
        ("money('EUR')", -0.004, "€0.00"),
        ("money('EUR')", 0, "€0.00"),
        ("money('KWD')", 1, "KWD 1.000"),
        ("money('eur')", 1, "€1.00"),
        ("money(currency)", 1, "$1.00"),
        ("number", 1234567.0005, "1,234,567.001"),
        ("number", 100, "100"),
        ("number", "1000", "1,000"),
        ("number(2)", 0.5, "0.50"),
        ("number(0)", 2.5, "3"),
        ("number(decimals=1)", -0.25, "-0.3"),
    ],
)
def test_it_rounds_half_up(filters: str, value: Any, text: str) -> None:
    assert written(filters, value, currency="usd") == text


def test_thousands_of_india_are_of_two_digits() -> None:
    assert written("number", 1234567, "hi") == "12,34,567"


@given(
    number=st.decimals(-(10**12), 10**12, places=5),
    locale=st.sampled_from(LOCALES),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", "CHF", "PLN"]),
)
def test_money_is_what_decimal_says_and_plain(number: Decimal, locale: str, currency: str) -> None:
    places = {"JPY": 0, "KWD": 3}.get(currency, 2)

    text = written(f"money('{currency}')", f"{number:f}", locale)

    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits = "".join(re.findall("[0-9]", text))
    assert digits == f"{abs(rounded):f}".replace(".", "")
    assert ("-" in text) == (rounded < 0)
    assert NOT_PLAIN.search(text) is None


@settings(max_examples=50)
@given(
    moment=st.datetimes().filter(lambda moment: moment.year >= 1900),
    locale=st.sampled_from(LOCALES),
    form=st.sampled_from(["short", "medium", "long", "full"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)
def test_dates_are_plain(moment: Any, locale: str, form: str, zone: str) -> None:
    text = written(f"datetime('{form}')", moment.isoformat(), locale, zone)

    assert NOT_PLAIN.search(text) is None
    assert str(moment.day) in text


PLURALS: list[tuple[str, str, list[tuple[Any, str]]]] = [
    ("en", "one='# day', other='# days'",
     [(0, "0 days"), (1, "1 day"), ("1", "1 day"), (1.0, "1 day"), (1.5, "1.5 days"),
      (1000, "1,000 days"), (-1, "-1 day")]),
    ("en", "zero='none', one='a ## and #', other='#'", [(0, "none"), (1, "a # and 1"), (2, "2")]),
    ("de", "one='# Tag', other='# Tage'", [(1, "1 Tag"), (2, "2 Tage"), (1234.5, "1.234,5 Tage")]),
    ("fr", "one='# jour', other='# jours'",
     [(0, "0 jour"), (1.5, "1,5 jour"), (2, "2 jours"), (1_000_000, "1 000 000 jours")]),
    ("es", "one='# día', many='# de días', other='# días'",
     [(1, "1 día"), (2, "2 días"), (1_000_000, "1.000.000 de días")]),
    ("pt-BR", "one='# dia', other='# dias'", [(0, "0 dia"), (1, "1 dia"), (2, "2 dias")]),
    ("pl", "one='# plik', few='# pliki', many='# plików', other='# pliku'",
     [(1, "1 plik"), (2, "2 pliki"), (5, "5 plików"), (12, "12 plików"), (22, "22 pliki"),
      (1.5, "1,5 pliku")]),
    ("ja", "other='#日'", [(0, "0日"), (1, "1日")]),
    ("ar", "zero='a', one='b', two='c', few='d', many='e', other='f'",
     [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (11, "e"), (100, "f")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "forms", "value", "text"),
    [(locale, forms, *row) for locale, forms, rows in PLURALS for row in rows],
)
def test_a_plural_is_of_the_locale(locale: str, forms: str, value: Any, text: str) -> None:
    assert written(f"plural({forms})", value, locale) == text


NO_AMOUNT: list[Any] = [" ", "abc", "1,5", True, [1], 1e300, "1e3"]
NO_NUMBER: list[Any] = [" ", "x", False, {}, 1e30]
NO_DATE: list[Any] = [" ", "soon", True, 0, 20260105, 2026, [], "12:30"]


@pytest.mark.parametrize(
    ("filters", "value"),
    [
        *(("money('EUR')", value) for value in NO_AMOUNT),
        ("money(currency)", 1),
        *(("number", value) for value in NO_NUMBER),
        ("number(currency)", 1),
        *(("plural(one='a', other='b')", value) for value in NO_NUMBER),
        ("plural(one='a', other=currency)", 2),
        *(("date", value) for value in NO_DATE),
        ("date(zone=currency)", NOON),
        ("time", "2026-01-05"),
        ("datetime", "2026-01-05"),
        ("datetime", "12:30"),
        ("time('HH:mm z')", "12:30"),
    ],
)
def test_what_they_cannot_take_is_invalid(filters: str, value: Any) -> None:
    with pytest.raises(UnusableError) as raised:
        written(filters, value, currency=["secret"])

    name = filters.partition("(")[0]
    assert raised.value.reason is Reason.INVALID_VALUE
    assert raised.value.detail == f"message: the filter {name} cannot take this value"


@pytest.mark.parametrize(
    ("filters", "reason"),
    [("money(currency)", Reason.INVALID_VALUE), ("date(zone=currency)", Reason.INVALID_VALUE)],
)
@pytest.mark.parametrize("named", ["", "EURO", "../UTC", "/etc/passwd", "€", "\0"])
def test_what_the_event_names_is_not_known(filters: str, reason: Reason, named: str) -> None:
    with pytest.raises(UnusableError) as raised:
        written(filters, 1_800_000_000, currency=named)

    assert raised.value.reason is reason


@pytest.mark.parametrize(
    "filters", ["date", "time", "datetime", "money('EUR')", "number", "plural(one='', other='')"]
)
def test_what_is_missing_stays_missing(filters: str) -> None:
    lenient = Template(f"{{{{ order.x | {filters} | default('none') }}}}", lenient=True)
    strict = Template(f"{{{{ order.x | {filters} }}}}")
    orders: list[dict[str, Any]] = [{}, {"x": None}, {"x": ""}]

    for order in orders:
        assert lenient.render({"order": order}, "locale") == "none"
    for order in orders:
        with pytest.raises(UnusableError, match=r"message: order\.x is missing"):
            strict.render({"order": order}, "message")


@pytest.mark.long
def test_every_language_that_has_data_writes() -> None:
    languages = [each for each in locale_identifiers() if "_" not in each and each != "root"]

    for locale in languages:
        for filters in (
            "datetime('full')",
            "datetime('short')",
            "datetime('EEEE d MMMM y h:mm a')",
        ):
            assert NOT_PLAIN.search(written(filters, NOON, locale)) is None, locale
        for filters in ("money('EUR')", "money('XAF')", "number"):
            assert NOT_PLAIN.search(written(filters, -1234.5, locale)) is None, locale
