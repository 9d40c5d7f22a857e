"""No template and no event makes much out of little, or an error out of a value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Template
from smsherald.flows.language.template import LONGEST


def render(source: str, *, lenient: bool = False, **values: Any) -> str:
    return Template(source, lenient=lenient).render(values, "message")


def refused(source: str, **values: Any) -> UnusableError:
    with pytest.raises(UnusableError) as raised:
        render(source, **values)
    return raised.value


def test_the_longest_text_is_made() -> None:
    assert len(render("{{ order.long }}", order={"long": "a" * LONGEST})) == LONGEST


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ longer }}", id="at once"),
        pytest.param("{{ one }}{{ long }}", id="by one"),
        pytest.param("{% for a in many %}{{ a }}{% endfor %}", id="bit by bit"),
        pytest.param("{{ long ~ long | upper }}", id="by an expression"),
        pytest.param("{% if one %}" + "x" * (LONGEST + 1) + "{% endif %}", id="by itself"),
    ],
)
def test_a_longer_one_is_refused(source: str) -> None:
    error = refused(
        source, one="1", long="a" * LONGEST, longer="a" * (LONGEST + 1), many=["12345678"] * 201
    )

    assert error.reason is Reason.TEXT_TOO_LONG
    assert error.detail == "message is longer than 1600 characters"


def test_it_is_refused_while_it_is_made() -> None:
    printed = []

    class Noticed(str):
        __slots__ = ()

        def __str__(self) -> str:
            printed.append(self)
            return str.__str__(self)

    refused("{% for a in many %}{{ a }}{% endfor %}", many=[Noticed("x" * 500)] * 400)

    assert len(printed) == 4


@pytest.mark.parametrize("length", [501, 100_000])
def test_a_long_list_is_not_iterated(length: int) -> None:
    assert refused("{% for a in many %}{% endfor %}", many=[1] * length).reason is (
        Reason.INVALID_VALUE
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ number * 100000000 }}", id="a text times a number"),
        pytest.param("{{ many * 100000000 }}", id="a list times a number"),
        pytest.param("{{ big * big }}", id="an integer beyond 64 bits"),
        pytest.param("{{ (huge * huge) | string }}", id="a number beyond all"),
        pytest.param("{{ wide % 5 }}", id="a format"),
        pytest.param("{{ long | replace('a', long) | truncate(5) }}", id="a million millions"),
        pytest.param("{{ (long + long) | truncate(5) }}", id="two millions"),
        pytest.param("{{ many | join(long) | truncate(5) }}", id="between the elements"),
    ],
)
def test_nothing_grows_on_the_way(source: str) -> None:
    error = refused(
        source,
        number="R1",
        big=2**62,
        huge=1e200,
        wide="%1000000000d",
        long="a" * 1_000_000,
        many=["a"] * 100,
    )

    assert error.reason is Reason.INVALID_VALUE


@pytest.mark.parametrize("text", ["a\0b", "ä\0b", "a\ud800b"])
def test_what_no_message_can_carry_is_invalid(text: str) -> None:
    error = refused("{{ text }}", text=text)

    assert (error.reason, error.detail) == (
        Reason.INVALID_VALUE,
        "message holds a character that no message can carry",
    )


@given(st.text(max_size=50), st.text(max_size=50))
def test_an_event_never_becomes_a_template(first: str, second: str) -> None:
    braces = "{{ order.number }}{% if 1 %}{# #}"
    value = first.replace("\0", "") + braces + second.replace("\0", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        return

    assert render("{{ text }}", text=value) == value


@settings(max_examples=300)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda children: (
            st.lists(children, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "b", "0"]), children, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(
        [
            "{{ order.a.b }}",
            "{{ order.a[0].b }}",
            "{{ order.a ~ order.b }}",
            "{{ order.a + order.b }}",
            "{{ order.a * order.b }}",
            "{{ (order.a | first) or (order.b | last) }}",
            "{{ order.a | join(order.b) }}",
            "{{ order.a | join(order.b, attribute=order.b) }}",
            "{{ order.a | decimals(order.b) }}",
            "{{ order.a | round(order.b) | string }}",
            "{{ order.a | int }}{{ order.b | float | string }}",
            "{{ order.a | trim(order.b) | title | capitalize | urlencode }}",
            "{{ order.a | replace(order.a, order.b) | upper | lower }}",
            "{{ order.a | truncate(order.b, order.b, order.a) }}",
            "{{ order.a | split(order.b) | length }}",
            "{{ order.a | default(order.b, order.b) }}",
            "{{ order.a | date(zone=order.b) }}{{ order.a | time }}",
            "{{ order.a | datetime('full', zone=order.b) }}",
            "{{ order.a | money(order.b) }}{{ order.a | number(order.b) }}",
            "{{ order.a | plural(one=order.b, other=order.a) }}",
            "{{ (order.a | fromjson).a }}{{ order.b | unescape }}",
            "{{ (order.a | bool) | string }}",
            "{{ order[order.a] }}{{ order.a[order.b] }}",
            "{{ -order.a // order.b % order.a }}",
            "{{ 'a' if order.a == order.b else 'b' }}{{ 'a' if order.a is string }}",
            "{% for x in order.a %}{{ x.b }}{% endfor %}",
            "{% if order.a < order.b %}{{ order.a in order.b }}{% endif %}",
        ]
    ),
)
def test_no_event_raises_anything_but_its_reason(order: Any, source: str) -> None:
    for lenient in (False, True):
        try:
            text = render(source, lenient=lenient, order=order)
        except UnusableError as error:
            reason = error.reason
        else:
            assert len(text) <= LONGEST
            continue

        assert reason in {Reason.MISSING_VALUE, Reason.INVALID_VALUE, Reason.TEXT_TOO_LONG}
