"""Each filter does what its name says to what it can take, and refuses the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Template
from smsherald.flows.filters import FILTERS
from smsherald.flows.filters.reading import LONGEST_JSON

TABLE: list[tuple[str, Any, str]] = [
    ("default('x')", None, "x"),
    ("default('x')", "", "x"),
    ("default('x', true)", "", "x"),
    ("default('x', empty=true)", 0, "x"),
    ("default('x')", "a", "a"),
    ("d('x')", None, "x"),
    ("upper", "ann ß", "ANN SS"),
    ("upper", 5, "5"),
    ("lower", "ANN", "ann"),
    ("title", "o'neill-smith, joe", "O'neill-Smith, Joe"),
    ("capitalize", "ANN smith", "Ann smith"),
    ("trim", "  Ann\n", "Ann"),
    ("trim('-')", "--Ann-", "Ann"),
    ("replace('-', '')", "5-5-5", "555"),
    ("truncate(9)", "Hello world", "Hello..."),
    ("truncate(9, true)", "Hello world", "Hello ..."),
    ("truncate(9, killwords=true, end='')", "Hello world", "Hello wor"),
    ("truncate(11)", "Hello world", "Hello world"),
    ("truncate(2)", "Hello world", ".."),
    ("truncate(0)", "Hello", ""),
    ("first", ["a", "b"], "a"),
    ("first", "ab", "a"),
    ("last", ["a", "b"], "b"),
    ("last", "ab", "b"),
    ("join", ["a", 2, "c"], "a2c"),
    ("join(', ')", ["a", 2], "a, 2"),
    ("join(', ', attribute='name')", [{"name": "a"}, {"name": "b"}], "a, b"),
    ("join(', ')", [], ""),
    ("split | last", "Ann Mary  Smith", "Smith"),
    ("split(',') | first", "a,b", "a"),
    ("length", "abc", "3"),
    ("length", ["a", None], "2"),
    ("length", {"a": 1}, "1"),
    ("sum", [1, 2, "3"], "6"),
    ("sum", [], "0"),
    ("sum | decimals", [0.1, 0.2, "0.3"], "0.60"),
    ("sum('n')", [{"n": 2}, {"n": 1}], "3"),
    ("sum(attribute='n') | default('-')", [{"n": 2}, {}], "-"),
    ("round", 2.5, "3"),
    ("round", 1.4, "1"),
    ("round", "19.5", "20"),
    ("round(1) | string", 2.25, "2.3"),
    ("decimals", 19.9, "19.90"),
    ("decimals", 2.675, "2.68"),
    ("decimals", "19.9", "19.90"),
    ("decimals", 20, "20.00"),
    ("decimals(0)", 19.5, "20"),
    ("decimals(3)", -0.0005, "-0.001"),
    ("decimals", Decimal("19.905"), "19.91"),
    ("money('EUR')", Decimal("19.905"), "€19.91"),
    ("int", "42", "42"),
    ("int", "-42", "-42"),
    ("int", "42.9", "42"),
    ("int", 42.9, "42"),
    ("float | string", "1.50", "1.5"),
    ("float | string", 2, "2.0"),
    ("string", 1.5, "1.5"),
    ("string", True, "true"),
    ("string", False, "false"),
    ("string", 5, "5"),
    ("urlencode", "a b/ü?", "a%20b%2F%C3%BC%3F"),
    *(("bool | string", yes, "true") for yes in (True, 1, "1", "true", "TRUE", " Yes", "on", "y")),
    *(("bool | string", no, "false") for no in (False, 0, "0", "False", "NO", "off", "f")),
    ("unescape", "Fish &amp; Chips", "Fish & Chips"),
    ("unescape", "&#8364;5&nbsp;&#x2212; &lt;b&gt;", "€5 - <b>"),
    ("unescape", "&amp;amp;", "&amp;"),
    ("unescape", "5 & 6", "5 & 6"),
    ("fromjson | first", "[5]", "5"),
    ("fromjson | string", "true", "true"),
    ("fromjson | join('-')", '["a", "ü"]', "a-ü"),
    ("fromjson", '"a"', "a"),
    ("fromjson | default('none')", "null", "none"),
    ("fromjson | default('none')", "", "none"),
    ("bool | default('none')", "", "none"),
    ("unescape", "", ""),
    ("date", "2026-01-05", "Jan 5, 2026"),
    ("time", "2026-01-05T15:30:00Z", "3:30 PM"),
    ("datetime", "2026-01-05T15:30:00Z", "Jan 5, 2026, 3:30 PM"),
    ("money('EUR')", 19.9, "€19.90"),
    ("number", 1234.5, "1,234.5"),
    ("plural(one='# day', other='# days')", 1, "1 day"),
]

NOT_BOOL: list[Any] = [" ", "2", "maybe", 2, 1.0, [True], {}]


@pytest.mark.parametrize(("filters", "value", "text"), TABLE)
def test_a_filter_makes(filters: str, value: Any, text: str) -> None:
    template = Template(f"{{{{ value | {filters} }}}}")

    assert template.render({"value": value}, "message") == text


@pytest.mark.parametrize(
    ("filters", "value"),
    [
        *((name, {"secret": 1}) for name in ("upper", "lower", "title", "capitalize", "trim")),
        *((name, True) for name in ("upper", "round", "int", "decimals", "float", "length")),
        *((name, "secret") for name in ("round", "int", "decimals", "float", "join")),
        *((name, "1e9") for name in ("round", "int", "decimals", "float")),
        *((name, "\u0665") for name in ("round", "int", "decimals", "float")),
        *((name, " 5") for name in ("round", "int", "decimals", "float")),
        *((name, "nan") for name in ("round", "int", "decimals", "float")),
        *((name, 5) for name in ("first", "last", "join", "length", "sum")),
        ("join", [{"secret": 1}]),
        ("join", ["a", None]),
        ("join(attribute='name')", ["secret"]),
        ("join(['secret'])", ["a", "b"]),
        ("truncate(-1)", "secret"),
        ("truncate('5')", "secret"),
        ("replace('s', 5)", "secret"),
        ("split('')", "secret"),
        ("trim(5)", "secret"),
        ("decimals(10)", 5),
        ("decimals(-1)", 5),
        ("round(-1)", 5),
        ("decimals", 1e300),
        ("int", Decimal("1e1000000")),
        ("decimals", Decimal("nan")),
        ("string", ["secret"]),
        ("urlencode", 1.5),
        *(("bool", value) for value in NOT_BOOL),
        *(("unescape", value) for value in (["secret"], 1.5, True)),
        *(("fromjson", value) for value in (" ", "secret", "{", "NaN", '{"a": 1, "a": 2}', 5)),
        ("fromjson", "[" * 65 + "]" * 65),
        ("fromjson", "1e999"),
        ("fromjson", f"{10**20}"),
        ("fromjson", '"\\ud800"'),
        pytest.param("fromjson", '"' + "a" * LONGEST_JSON + '"', id="long JSON"),
        pytest.param("unescape", "a" * 50_001, id="a long text"),
    ],
)
def test_what_it_cannot_take_is_invalid_and_not_said(filters: str, value: Any) -> None:
    with pytest.raises(UnusableError) as raised:
        Template(f"{{{{ value | {filters} }}}}").render({"value": value}, "message")

    name = filters.partition("(")[0]
    assert raised.value.reason is Reason.INVALID_VALUE
    assert raised.value.detail == f"message: the filter {name} cannot take this value"
    assert raised.value.__cause__ is None


def test_every_filter_stands_in_the_table() -> None:
    tried = {filters.partition("(")[0].partition(" ")[0] for filters, _, _ in TABLE}

    assert set(FILTERS) == tried


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ x.gone | title or 'there' }}", "there"),
        ("{{ x.gone | unescape | upper | default('there') }}", "there"),
        ("{{ x.gone | date or x.when | date('yyyy') }}", "2026"),
        ("{{ (x.gone or 'o&#39;neill') | unescape }}", "o'neill"),
        ("{{ x.name | replace('a', x.gone) or 'there' }}", "there"),
        ("{{ x.nulls | first | title or 'there' }}", "there"),
        ("{{ x.json | fromjson | upper | default('there') }}", "there"),
    ],
)
def test_what_is_missing_stays_so_until_it_is_printed(source: str, text: str) -> None:
    x = {"name": "ann", "when": "2026-01-05", "nulls": [None], "json": "null"}
    assert Template(source).render({"x": x}, "message") == text


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default", "d"}))
def test_null_stays_missing_through_each(name: str) -> None:
    given = {"replace": "('a', 'b')", "money": "('USD')", "plural": "(one='1', other='#')"}
    given["truncate"] = "(5)"
    template = Template(f"{{{{ x | fromjson | {name}{given.get(name, '')} or 'there' }}}}")

    assert template.render({"x": "null"}, "message") == "there"


def test_what_is_missing_behind_a_filter_is_said_by_its_path() -> None:
    with pytest.raises(UnusableError) as raised:
        Template("{{ x.gone | title }}").render({"x": {}}, "message")

    assert (raised.value.reason, raised.value.detail) == (
        Reason.MISSING_VALUE,
        "message: x.gone is missing",
    )
