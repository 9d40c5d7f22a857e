"""What is wrong with a filter's constants is said while the template is compiled, with its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smsherald.flows import Condition, Each, Here, Template, TemplateError
from smsherald.flows.local.zones import check_zone, zone

REPOSITORY = Path(__file__).parents[4]
WRONG = [
    ("date('meduim')", "there is no form `meduim`; did you mean `medium`?"),
    ("date('Long')", "there is no form `Long`; did you mean `long`?"),
    ("date('%d.%m.%Y')", "a pattern is CLDR's and has no `%`: `dd.MM.yyyy`, `HH:mm`"),
    (
        "date('YYYY-MM-dd')",
        "`YYYY` is the year that a week belongs to, which differs around New Year: write `yyyy`",
    ),
    ("date('DD.MM.yyyy')", "`DD` is the day of the year: the day of the month is `d`"),
    (
        "date('dddd')",
        "`dddd` is none: the day of the month is `d` or `dd`, the weekday `EEE` or `EEEE`",
    ),
    ("date('dd.mm.yyyy')", "`mm` is minutes, which a date has not: the month is `MM`"),
    ("date('HH:mm')", "`HH` is not of a date: the filter `datetime` has both"),
    ("time('HH:MM')", "`MM` is the month, which a time has not: minutes are `mm`"),
    ("time('yyyy')", "`yyyy` is not of a time: the filter `datetime` has both"),
    ("time('hh:mm')", "`h` counts to twelve and says not which half of the day: `HH`, or add `a`"),
    ("time('HHH:mm')", "`HHH` is none: `H` does not stand 3 times"),
    ("datetime('yyyy-MM-ddTHH:mm')", "`T` stands for nothing: text has quotes around it, as `'T'`"),
    ("datetime('HH:mm O')", "`O` is none: the zone is `z` or `OOOO`"),
    ('date("d \'de MMMM")', "a quote in the pattern does not end; one that is printed is `''`"),
    ("date('')", "nothing in the pattern stands for a date or a time: `dd.MM.yyyy`, `HH:mm`"),
    (
        "date(\"'MMMM'\")",
        "nothing in the pattern stands for a date or a time: `dd.MM.yyyy`, `HH:mm`",
    ),
    (f"date('{'d-' * 51}')", "a pattern has at most 100 characters"),
    ("date(order.form)", "its form or pattern is a text that stands in the template itself"),
    ("date(5)", "its form or pattern is a text that stands in the template itself"),
    (
        "time(zone='Europe/Berlni')",
        "its zone is no time zone of the tz database; did you mean `Europe/Berlin`?",
    ),
    ("time('short', '')", "its zone is no time zone of the tz database; Europe/Berlin is one"),
    ("money('EURO')", "there is no currency `EURO`; did you mean `EUR`?"),
    ("money('€')", "there is no currency `€`; three letters are due, as EUR"),
    ("money('XXX')", "there is no currency `XXX`; three letters are due, as EUR"),
    ("money(978)", 'a currency is a text, as "EUR"'),
    ("number(10)", "a number has 0 to 9 decimals"),
    ("number('2')", "a number has 0 to 9 decimals"),
    ("number(true)", "a number has 0 to 9 decimals"),
    ("plural(one='a')", "plural in the locale `en` needs other=… too"),
    ("plural(other='a')", "plural in the locale `en` needs one=… too"),
    (
        "plural(one='a', few='b', other='c')",
        "the locale `en` has no plural `few`; it has one, other",
    ),
    (
        "plural(one='a', others='b')",
        "there is no plural `others`; there are zero, one, two, few, many, other",
    ),
]


@pytest.mark.parametrize(("filters", "message"), WRONG)
def test_a_wrong_constant_is_an_error(filters: str, message: str) -> None:
    name = filters.partition("(")[0]
    with pytest.raises(TemplateError) as raised:
        Template(f"\n{{{{ order.x | {filters} }}}}")

    assert raised.value.message == f"the filter `{name}`: {message}"
    assert raised.value.line == 2


@pytest.mark.parametrize(
    ("locale", "forms", "message"),
    [
        ("pl", "one='a', other='b'", "plural in the locale `pl` needs few=…, many=… too"),
        ("ar", "other='a'", "plural in the locale `ar` needs one=…, two=…, few=…, many=… too"),
        ("ja", "one='a', other='b'", "the locale `ja` has no plural `one`; it has other"),
        ("fr", "other='b'", "plural in the locale `fr` needs one=… too"),
    ],
)
def test_a_plural_needs_what_its_locale_has(locale: str, forms: str, message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        Template(f"{{{{ order.x | plural({forms}) }}}}", here=Here(locale))

    assert raised.value.message == f"the filter `plural`: {message}"


@pytest.mark.parametrize("filters", ["date", "time", "datetime", "money('EUR')", "number",
                                     "money(order.c)", "plural(other='')"])  # fmt: skip
def test_a_locale_without_data_is_an_error(filters: str) -> None:
    with pytest.raises(TemplateError, match="there are no data of the locale `xx_ZZ`"):
        Template(f"{{{{ order.x | {filters} }}}}", here=Here("xx_ZZ"))


def test_without_such_a_filter_a_locale_needs_no_data() -> None:
    assert Template("{{ order.x | upper }}", here=Here("xx_ZZ", "No/where")).source


@pytest.mark.parametrize("locale", ["de-x-formal", "de_DE_formal", "de-XQ", "DE", "iw", "sr_RS"])
def test_of_a_locale_without_data_its_language_is_enough(locale: str) -> None:
    assert Template("{{ order.x | date }}", here=Here(locale)).source


@pytest.mark.parametrize("arguments", ["", "'EUR', 'USD'", "here='de'", "currency='EUR', x=1"])
def test_other_arguments_are_not_taken(arguments: str) -> None:
    with pytest.raises(TemplateError, match="does not take these arguments"):
        Template(f"{{{{ order.x | money({arguments}) }}}}")


def test_conditions_and_lists_write_too() -> None:
    here = Here(time_zone="America/New_York")
    values = {"order": {"at": "2026-01-05T03:00:00Z", "days": "2026-01-05,2026-01-06"}}

    assert Condition("order.at | date('yyyy-MM-dd') == '2026-01-04'", here=here).holds(values)
    assert Each("order.at | date('d-M') | split('-')", here=here).items(values) == ["4", "1"]


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("Europe/Berlni", "did you mean `Europe/Berlin`?"),
        ("europe/berlin", "did you mean `Europe/Berlin`?"),
        ("berlin", "did you mean `Europe/Berlin`?"),
        ("New York", "did you mean `America/New_York`?"),
        ("../UTC", "did you mean `UTC`?"),
        ("?", "Europe/Berlin is one"),
    ],
)
def test_a_wrong_zone_is_named_with_what_is_near(wrong: str, near: str) -> None:
    for look in (check_zone, zone):
        with pytest.raises(ValueError, match="is no time zone of the tz database; ") as raised:
            look(wrong)
        assert str(raised.value).endswith(near)


def test_who_ahead_of_greenwich_writes_gmt_is_not_led_behind_it() -> None:
    with pytest.raises(ValueError, match="time zone") as raised:
        check_zone("GMT+1")

    assert "Etc" not in str(raised.value)


SHIPPED = """
import sys
from pathlib import Path
from smsherald.settings.load import load_flows
load_flows(Path("config/smsherald.yaml"), {})
assert "babel" not in sys.modules, "babel"
assert "zoneinfo" not in sys.modules, "zoneinfo"
from smsherald.flows import Template
Template("{{ order.at | date }}")
assert "babel" in sys.modules
"""


def test_who_uses_none_of_it_does_not_load_it() -> None:
    subprocess.run([sys.executable, "-c", SHIPPED], check=True, cwd=REPOSITORY, timeout=60)
