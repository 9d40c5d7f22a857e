"""In `when`, what is missing is null, and a comparison with null is false."""

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
        "tags": ["vip"],
        "items": [],
    }
}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        pytest.param('order.status != "cart"', True, id="another value"),
        pytest.param('order.status == "cart"', False, id="not the value"),
        pytest.param('order.x != "cart"', True, id="what is missing is not any value"),
        pytest.param('order.x == "cart"', False, id="and equals none"),
        pytest.param('"cart" != order.x', True, id="from the other side"),
        pytest.param('"cart" == order.x', False, id="from the other side too"),
        pytest.param("order.x == none", True, id="but it is null"),
        pytest.param("order.note == none", True, id="as null is"),
        pytest.param("order.x == order.note", True, id="two nulls are equal"),
        pytest.param("order.x != none", False, id="and not unequal"),
        pytest.param("order.status != none", True, id="a value is not null"),
        pytest.param("order.total > 10", True, id="a comparison of size"),
        pytest.param("order.total >= 19.9", True, id="with a decimal"),
        pytest.param("order.x > 10", False, id="null is not larger"),
        pytest.param("order.x < 10", False, id="nor smaller"),
        pytest.param("order.x >= 10", False, id="nor larger or equal"),
        pytest.param("order.x <= 10", False, id="nor smaller or equal"),
        pytest.param("10 < order.x", False, id="from the other side neither"),
        pytest.param("not (order.x > 10)", True, id="which can be turned"),
        pytest.param("order.x + 1 > 10", False, id="null stays null in a sum"),
        pytest.param("-order.x < 10", False, id="and behind a sign"),
        pytest.param("order.x in ['a']", False, id="null is in nothing"),
        pytest.param("order.x in 'abc'", False, id="not even in a text"),
        pytest.param("order.x not in ['a']", True, id="so it is not in it"),
        pytest.param("'a' in order.x", False, id="and nothing is in null"),
        pytest.param("order.status in ['complete', 'paid']", True, id="one of several"),
        pytest.param("'vip' in order.tags", True, id="an element of the event's list"),
        pytest.param("order.total in 'abc'", False, id="a number is in no text"),
        pytest.param("'a' in order.total", False, id="and nothing is in a number"),
        pytest.param("order.paid", True, id="a boolean by itself"),
        pytest.param("order.test", False, id="a false one"),
        pytest.param("not order.test", True, id="turned"),
        pytest.param("order.x", False, id="null by itself"),
        pytest.param("order.items", False, id="an empty list"),
        pytest.param("order.x is defined", False, id="missing is not defined"),
        pytest.param("order.note is defined", False, id="null neither"),
        pytest.param("order.status is defined", True, id="a value is"),
        pytest.param("order.tags | length > 0", True, id="a filter"),
        pytest.param("order.x | length > 0", False, id="a filter of null"),
        pytest.param("order.x | default(0) < 10", True, id="a default makes it a value"),
        pytest.param("order.a.b.c.d == none", True, id="a path to nowhere"),
        pytest.param("order.paid and order.total > 10 or false", True, id="and, or"),
        pytest.param("event.x == none", True, id="a name that is allowed but not there"),
    ],
)
def test_a_condition_holds_or_not(source: str, holds: bool) -> None:  # noqa: FBT001 - a column of the table.
    assert Condition(source, names=NAMES).holds(CONTEXT) is holds


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("order.status > 3", "when: values of different kinds are compared"),
        ("order.tags < 3", "when: values of different kinds are compared"),
        ("order.status + 1 > 3", "when: the operator + cannot take these values"),
        ("order.total | upper == 'A'", "when: the filter upper cannot take this value"),
    ],
)
def test_what_cannot_be_compared_is_no_silent_no(source: str, detail: str) -> None:
    with pytest.raises(UnusableError) as raised:
        Condition(source).holds(CONTEXT)

    assert (raised.value.reason, raised.value.detail) == (Reason.INVALID_VALUE, detail)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("{{ order.x }}", "without braces", id="braces"),
        pytest.param("{% if order.x %}", "without braces", id="a statement"),
        pytest.param("", "unexpected 'end of template'", id="nothing"),
        pytest.param("order.x =", "the expression ends before", id="half a comparison"),
        pytest.param("order.x order.y", "ends before order", id="two expressions"),
        pytest.param("order.x %} text", "unexpected '}'", id="an end of a statement"),
        pytest.param("ordr.x", "there is no name `ordr`; did you mean `order`", id="a wrong name"),
        pytest.param("order.x()", "a call", id="a call"),
        pytest.param("order.x = 1", "the expression ends before", id="an assignment"),
    ],
)
def test_what_is_no_condition_is_refused(source: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as raised:
        Condition(source, names=NAMES)

    assert raised.value.line == 1


def test_the_line_is_that_of_the_error() -> None:
    with pytest.raises(TemplateError) as raised:
        Condition("order.x\nand\nordr.y", names=NAMES)

    assert raised.value.line == 3
