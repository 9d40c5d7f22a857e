"""Conditions: only true, false and missing say yes or no, and one kind is compared with itself."""

from __future__ import annotations

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Condition, TemplateError

NAMES = frozenset({"order", "event"})
CONTEXT = {
    "order": {
        "status": "complete",
        "total": 19.9,
        "note": None,
        "paid": True,
        "test": False,
        "tags": ["vip", "new"],
        "items": [],
        "empty": "",
        "no": "no",
        "zero": "0",
        "nothing": 0,
        "count": 2,
        "day": "2026-11-26",
        "csv": "a,b",
        "person": {"name": "Ann"},
    }
}

_TEXT = 'compare it (== "…"), read it with | bool, or ask is defined'
_NUMBER = "compare it (> 0), or ask is defined"
_LIST = "compare its | length, or ask is defined"
_OBJECT = "compare a member of it, or ask is defined"
_READ = "; | float reads a number in a text, | int drops its decimals"
_CONVERT = "; | int, | string and | bool convert"
_NO_LIST = "what stands behind `in` is"
_NO_TEXT = f"{_NO_LIST} a text, not a list; | split makes a list of it"

HOLDS = {
    # By itself.
    "order.paid": True,
    "order.test": False,
    "order.x": False,
    "order.note": False,
    "order.empty": False,
    "true": True,
    "false": False,
    "none": False,
    # Turned.
    "not order.test": True,
    "not order.paid": False,
    "not order.x": True,
    "not order.empty": True,
    "not not order.paid": True,
    "not (order.x > 10)": True,
    # Combined.
    "order.paid and order.total > 10 or false": True,
    "order.paid and order.test": False,
    "order.test or order.paid": True,
    "order.x or order.test": False,
    "order.x or order.paid": True,
    "order.x and order.status": False,
    "order.paid or order.status": True,
    "not (order.test or order.x)": True,
    # Equal or not.
    'order.status != "cart"': True,
    'order.status == "cart"': False,
    'order.x != "cart"': True,
    'order.x == "cart"': False,
    '"cart" != order.x': True,
    '"cart" == order.x': False,
    'order.empty == ""': True,
    "order.paid == true": True,
    "order.test == false": True,
    "order.total == 19.9": True,
    "order.count == 2.0": True,
    'order.tags == ["vip", "new"]': True,
    "order.x == none": True,
    "order.note == none": True,
    "order.empty == none": True,
    "order.status == none": False,
    "order.x != none": False,
    "order.status != none": True,
    "order.x > none": False,
    "order.x == order.note": True,
    "order.x != order.note": False,
    "order.x == order.status": False,
    "order.a.b.c.d == none": True,
    "event.headers.x == none": True,
    # Larger and smaller.
    "order.total > 10": True,
    "order.total >= 19.9": True,
    "order.x > 10": False,
    "order.x < 10": False,
    "order.x >= 10": False,
    "order.x <= 10": False,
    "10 < order.x": False,
    "1 < order.count < 3": True,
    "1 < order.count < 2": False,
    'order.day >= "2026-01-01"': True,
    # Computed.
    "order.x + 1 > 10": False,
    "-order.x < 10": False,
    "order.count + 1 == 3": True,
    # An empty text where another kind is due is missing.
    "order.empty > 10": False,
    "order.empty == 0": False,
    "order.empty != 0": True,
    "order.empty | float > 10": False,
    "order.empty in [1, 2]": False,
    # In a list, or among an object's keys.
    "order.status in ['complete', 'paid']": True,
    "order.status not in ['complete', 'paid']": False,
    "order.x in ['a']": False,
    "order.x not in ['a']": True,
    "'vip' in order.tags": True,
    "'old' in order.tags": False,
    "'a' in order.x": False,
    "'a' not in order.x": True,
    "'a' in order.items": False,
    "'name' in order.person": True,
    "order.count in [1, 2]": True,
    "'b' in order.csv | split(',')": True,
    # Tests.
    "order.x is defined": False,
    "order.note is defined": False,
    "order.empty is defined": False,
    "order.empty is none": True,
    "order.status is defined": True,
    "order.total is number": True,
    "order.status is not number": True,
    "(order.status is defined) == true": True,
    # Filters.
    "order.tags | length > 0": True,
    "order.x | length > 0": False,
    "order.x | default(0) < 10": True,
    "order.empty | default('cart') == 'cart'": True,
    "order.x | default(true)": True,
    # A side that is compared, filtered or tested is a value.
    '(order.x or order.status) == "complete"': True,
    '(order.empty or "cart") == "cart"': True,
    '(order.paid and order.status) == "complete"': True,
    "(order.x or order.tags) | length == 2": True,
    "(order.x or order.note) is defined": False,
    "(not order.test) == true": True,
    # Chosen.
    "order.paid if order.status == 'complete' else order.test": True,
    "order.test if order.x else order.paid": True,
    "order.paid if order.x": False,
    '("a" if order.paid else "b") == "a"': True,
}

SAYS = {
    "order.status": f"order.status is a text: {_TEXT}",
    "order.no": f"order.no is a text: {_TEXT}",
    "order.zero": f"order.zero is a text: {_TEXT}",
    "order.total": f"order.total is a number: {_NUMBER}",
    "order.nothing": f"order.nothing is a number: {_NUMBER}",
    "order.tags": f"order.tags is a list: {_LIST}",
    "order.items": f"order.items is a list: {_LIST}",
    "order.person": f"order.person is an object: {_OBJECT}",
    "not order.no": f"order.no is a text: {_TEXT}",
    "order.paid and order.no": f"order.no is a text: {_TEXT}",
    "order.x or order.zero": f"order.zero is a text: {_TEXT}",
    "order.paid if order.no else order.test": f"order.no is a text: {_TEXT}",
    "order.no if order.paid else order.test": f"order.no is a text: {_TEXT}",
    '("a" if order.no else "b") == "a"': f"order.no is a text: {_TEXT}",
    "order.x | default('yes')": f"order.x is a text: {_TEXT}",
    "order.tags | length": f"order.tags is a number: {_NUMBER}",
    "order.day": f"order.day is a text: {_TEXT}",
    "order.status == 3": f"order.status == 3: a text is compared with a number{_CONVERT}",
    "order.status > 3": f"order.status > 3: a text is compared with a number{_READ}",
    "3 <= order.status": f"3 <= order.status: a number is compared with a text{_READ}",
    "order.tags < 3": f"order.tags < 3: a list is compared with a number{_CONVERT}",
    "order.count == true": (
        f"order.count == true: a number is compared with true or false{_CONVERT}"
    ),
    'order.paid != "true"': (
        f'order.paid != "true": true or false is compared with a text{_CONVERT}'
    ),
    "order.person == order.tags": (
        f"order.person == order.tags: an object is compared with a list{_CONVERT}"
    ),
    "order.paid > order.test": (
        "order.paid > order.test: true or false is neither larger nor smaller than another"
    ),
    "order.tags > order.items": (
        "order.tags > order.items: a list is neither larger nor smaller than another"
    ),
    "'b' in order.csv": f'"b" in order.csv: {_NO_TEXT}',
    "'b' in order.count": f'"b" in order.count: {_NO_LIST} a number, not a list',
    "order.x | default('a') in order.csv": (f"order.x in order.csv: {_NO_TEXT}"),
    "2 in order.tags": "2 in order.tags: a number is looked for among what is a text",
    "order.count in ['1', '2']": (
        "order.count in a value: a number is looked for among what is a text"
    ),
    "order.status + 1 > 3": (
        "the operator + cannot take these values; | float reads a number in a text, ~ joins texts"
    ),
    "order.status / 2 > 3": (
        "the operator / cannot take these values; | float reads a number in a text"
    ),
    "order.total | upper == 'A'": "the filter upper cannot take this value",
}


@pytest.mark.parametrize("source", HOLDS)
def test_a_condition_holds_or_not(source: str) -> None:
    assert Condition(source, names=NAMES).holds(CONTEXT) is HOLDS[source]


@pytest.mark.parametrize("source", SAYS)
def test_what_says_neither_yes_nor_no_is_an_error_of_the_event(source: str) -> None:
    with pytest.raises(UnusableError) as raised:
        Condition(source, names=NAMES).holds(CONTEXT)

    assert raised.value.reason is Reason.INVALID_VALUE
    assert raised.value.detail == f"when: {SAYS[source]}"


CONSENTS = {
    "order.paid": True,
    "order.x": False,
    "not order.test": True,
    "not order.paid": False,
    "not order.x": False,
    "not order.empty": False,
    "not (order.x or order.test)": False,
    "not (order.x and order.test)": True,
    "not not order.x": False,
    "not not order.paid": True,
    'order.status == "complete"': True,
    'order.x == "no"': False,
    'order.x != "no"': False,
    'not (order.x == "no")': False,
    'not (order.x != "no")': False,
    "not (order.x > 3)": False,
    "order.x not in ['no']": False,
    "not (order.x in ['no'])": False,
    "order.status not in ['no']": True,
    "'stop' not in order.x": False,
    "order.x == order.note": False,
    "order.x is not defined": True,
    "not (order.x | length > 3)": False,
    "order.x == none": True,
    "not (order.paid if order.x else order.test)": False,
    "order.paid if order.x else order.paid": False,
    "order.paid if order.test else order.paid": True,
    'order.empty != "no"': False,
    'not (order.empty == "no")': False,
    "order.empty not in ['no']": False,
    'order.empty | trim != "no"': False,
    'order.empty | number != "no"': False,
    "'no' not in [order.x, order.status]": False,
    "'no' not in [order.empty]": False,
    "'no' not in (order.empty | split(','))": False,
    "'no' not in [order.status]": True,
    "order.status in [order.x, order.status]": True,
    'order.empty == ""': True,
    'order.x == ""': True,
    'order.empty != ""': False,
    'order.x != ""': False,
    'order.status != ""': True,
    "order.empty != none": False,
    "order.status != none": True,
    "order.empty is defined": False,
    'order.x | default("no") != "no"': False,
}
"""Of a value that is missing no consent follows, however it is asked."""


@pytest.mark.parametrize("source", CONSENTS)
def test_what_is_missing_is_no_consent(source: str) -> None:
    assert Condition(source, names=NAMES, consent=True).holds(CONTEXT) is CONSENTS[source]


def test_an_error_of_a_consent_names_it() -> None:
    with pytest.raises(UnusableError, match=r"consent: order\.no is a text"):
        Condition("order.no", consent=True).holds(CONTEXT)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("{{ order.x }}", "without braces", id="braces"),
        pytest.param("{% if order.x %}", "without braces", id="a statement"),
        pytest.param("", "a value is missing at the end", id="nothing"),
        pytest.param("order.x =", "the expression ends before", id="half a comparison"),
        pytest.param("order.x order.y", "ends before `order`", id="two expressions"),
        pytest.param("order.x %} text", "a `}` stands alone", id="an end of a statement"),
        pytest.param("ordr.x", "there is no name `ordr`; did you mean `order`", id="a wrong name"),
        pytest.param("order.x()", "a call", id="a call"),
        pytest.param("order.x = 1", "the expression ends before", id="an assignment"),
        pytest.param('order.a == "b" or "c"', "a text stands where a yes or no", id="half said"),
        pytest.param("order.x and 1", "a number stands where a yes or no", id="a number"),
        pytest.param("not []", "a list stands where a yes or no", id="a list"),
        pytest.param("order.a ~ 'b'", "a text stands where a yes or no", id="a text made"),
        pytest.param("order.x - 1", "a number stands where a yes or no", id="a sum"),
        pytest.param("order.status", "order.status is a text: compare it", id="a text by schema"),
        pytest.param("order.x or order.status", "order.status is a text", id="in a side of it"),
    ],
)
def test_what_is_no_condition_is_refused(source: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as raised:
        Condition(source, names=NAMES, texts=frozenset({"order.status"}))

    assert raised.value.line == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('("a" if order.x else "b") == "a"', "an inline `if` cannot choose a value"),
        ("not (order.x is string)", "tested for defined, none, undefined only"),
        ("(order.x is string) == false", "tested for defined, none, undefined only"),
        ('(order.x == "no") == false', "an answer is no value"),
        ('(order.x == "no") != true', "an answer is no value"),
        ("(not order.paid) == false", "an answer is no value"),
        ('(order.x == "no" or false) == false', "an answer is no value"),
        ('(order.x == "no") in [false]', "an answer is no value"),
        ('(order.x == "no") | string == "false"', "an answer is no value"),
        ('order.x ~ "" != "no"', "texts are not joined"),
        ('[order.x] != ["no"]', "compare each of them"),
    ],
)
def test_what_a_consent_cannot_ask_safely_is_refused(source: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        Condition(source, names=NAMES, consent=True)


def test_the_line_is_that_of_the_error() -> None:
    with pytest.raises(TemplateError) as raised:
        Condition("order.x\nand\nordr.y", names=NAMES)

    assert raised.value.line == 3
