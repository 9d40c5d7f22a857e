"""Templates read the event and print it, or say by its path what they could not."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Template

_READS = "| float reads a number in a text"
NAMES = frozenset({"order", "event"})
ORDER = {
    "number": "R12345",
    "id": 5,
    "locale": "es",
    "total": 19.9,
    "paid": True,
    "notes": None,
    "empty": "",
    "items": [{"name": "Shirt", "tags": ["a", "b"]}, {"name": "Cap", "tags": []}, None],
    "tags": ["red", "blue"],
    "keys": "the event's own",
    "address": {"phone": "+15558675309", "line": {"1": "Main St"}},
    "texts": {"es": "Hola"},
    "tracking-url": "https://example.com",
    "totals": {"item": 0},
}


def render(source: str, *, lenient: bool = False, **more: Any) -> str:
    template = Template(source, lenient=lenient, names=NAMES | set(more))
    return template.render({"order": ORDER, "event": {"body": ORDER}, **more}, "message")


def refused(source: str, **more: Any) -> UnusableError:
    with pytest.raises(UnusableError) as raised:
        render(source, **more)
    return raised.value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("Hi.", "Hi.", id="a text without anything"),
        pytest.param("", "", id="nothing"),
        pytest.param("Order {{ order.number }}!", "Order R12345!", id="a member"),
        pytest.param("{{ order.id }}", "5", id="a whole number prints"),
        pytest.param("{{ order.totals.item }}", "0", id="zero too"),
        pytest.param("[{{ order.empty }}]", "[]", id="an empty text is there"),
        pytest.param("{{ order['number'] }}", "R12345", id="a member in brackets"),
        pytest.param("{{ order['tracking-url'] }}", "https://example.com", id="any name in them"),
        pytest.param("{{ event.body.number }}", "R12345", id="the body as it came"),
        pytest.param("{{ order.items[0].name }}", "Shirt", id="an index, and on"),
        pytest.param("{{ order.items.1.name }}", "Cap", id="an index by a dot"),
        pytest.param("{{ order.tags[-1] }}", "blue", id="an index from the end"),
        pytest.param("{{ order.keys }}", "the event's own", id="never a method of Python's"),
        pytest.param("{{ order.address.line['1'] }}", "Main St", id="a key that is a digit"),
        pytest.param("{{ order.texts[order.locale] }}", "Hola", id="a key that is read"),
        pytest.param("{{ order.nothing or order.number }}", "R12345", id="the first that is there"),
        pytest.param("{{ order.notes | default('none') }}", "none", id="null has a default"),
        pytest.param("{{ order.a.b.c | default('none') }}", "none", id="so has a path to nowhere"),
        pytest.param("{{ 'no' if order.notes else 'yes' }}", "yes", id="a choice"),
        pytest.param("{% if order.notes %}a{% else %}b{% endif %}", "b", id="if asks, and may"),
        pytest.param("{% if order.x is defined %}a{% endif %}", "", id="so does `is defined`"),
        pytest.param("{% if order.notes is none %}a{% endif %}", "a", id="null is none"),
        ("{% if order.x is none %}a{% endif %}", "a"),
        pytest.param("{{ order.number ~ '/' ~ order.id }}", "R12345/5", id="a concatenation"),
        pytest.param("{{ 'Order ' + order.number }}", "Order R12345", id="of texts by a plus"),
        pytest.param("{{ order.id * 2 + 7 // 2 - 1 % 2 }}", "12", id="whole numbers are counted"),
        pytest.param("{{ -order.id }}", "-5", id="a sign"),
        pytest.param("{% raw %}{{ order }}{% endraw %}", "{{ order }}", id="braces as they are"),
        pytest.param("a{# not this #}b", "ab", id="a comment"),
        pytest.param("<b>{{ '&' }}</b>", "<b>&</b>", id="nothing is escaped"),
        pytest.param(
            "{% for tag in order.tags %}{{ loop.index }}:{{ tag }}{{ ', ' if not loop.last }}"
            "{% endfor %}",
            "1:red, 2:blue",
            id="a loop, which knows where it is",
        ),
        pytest.param(
            "{% for item in order.items if item.name %}{{ item.name }};{% endfor %}",
            "Shirt;Cap;",
            id="a loop that chooses",
        ),
        pytest.param(
            "{% for item in order.items if item.tags %}{% for tag in item.tags %}{{ tag }}"
            "{% endfor %}{% endfor %}",
            "ab",
            id="a loop in a loop",
        ),
        pytest.param(
            "{% if order.number in ['R12345'] and 'R' in order.number and 'x' not in order %}a"
            "{% endif %}",
            "a",
            id="membership of lists, texts and objects",
        ),
    ],
)
def test_a_template_prints(source: str, text: str) -> None:
    assert render(source) == text


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("{{ order.x }}", "order.x is missing"),
        ("{{ order.notes }}", "order.notes is missing"),
        ("{{ order.a.b.c }}", "order.a.b.c is missing"),
        ("{{ order.number.x }}", "order.number.x is missing"),
        ("{{ order.tags.x }}", "order.tags.x is missing"),
        ("{{ order.tags[2] }}", "order.tags[2] is missing"),
        ("{{ order.tags[-3] }}", "order.tags[-3] is missing"),
        ("{{ order[0] }}", "order[0] is missing"),
        ("{{ order.items.0.x }}", "order.items[0].x is missing"),
        ("{{ order.append }}", "order.append is missing"),
        ("{{ order.__class__ }}", "order.__class__ is missing"),
        ("{{ order.texts[order.number] }}", "order.texts.* is missing"),
        ("{{ order.texts[order.x] }}", "order.x is missing"),
        ("{{ order.x[order.locale] }}", "order.x is missing"),
        ("{{ order.x | upper }}", "order.x is missing"),
        ("{{ order.number | replace('R', order.x) }}", "order.x is missing"),
        ("{{ order.x + 1 }}", "order.x is missing"),
        ("{% if order.x + 1 %}{% endif %}", "order.x is missing"),
        ("{{ -order.x }}", "order.x is missing"),
        ("{{ order.x ~ 'a' }}", "order.x is missing"),
        ("{% if order.x > 3 %}{% endif %}", "order.x is missing"),
        ("{% if order.x == 'a' %}{% endif %}", "order.x is missing"),
        ("{% if order.x in ['a'] %}{% endif %}", "order.x is missing"),
        ("{% if 'a' in order.x %}{% endif %}", "order.x is missing"),
        ("{% for a in order.x %}{% endfor %}", "order.x is missing"),
        ("{% for a in order.items %}{{ a.name }}{% endfor %}", "a.name is missing"),
        ("{% for a in order.items %}{{ a and 1 }}{% endfor %}", "order.items[] is missing"),
        ("{{ order.empty | first }}", "the end of an empty list is missing"),
        ("{{ order.x or order.y }}", "order.x or order.y is missing"),
        ("{{ (order.x or order.y) | upper }}", "order.x or order.y is missing"),
        ("{{ (order.x or order.y) ~ 'a' }}", "order.x or order.y is missing"),
        ("{{ (order.x or order.y) + 1 }}", "order.x or order.y is missing"),
        ("{{ (order.x or order.y).z }}", "(order.x or order.y).z is missing"),
        ("{{ order.x or (order.y or order.z) }}", "order.x or order.y or order.z is missing"),
        ("{{ order.x | default(order.y) }}", "order.x or order.y is missing"),
        ("{{ order.x | d(order.y) | upper }}", "order.x or order.y is missing"),
        (
            "{{ order.x or order.y | default(order.z) }}",
            "order.x or order.y or order.z is missing",
        ),
        ("{{ order.x | default('') or order.y }}", "order.x or order.y is missing"),
        ("{% for a in order.x or order.y %}{% endfor %}", "order.x or order.y is missing"),
    ],
)
def test_what_is_missing_is_said_by_its_path(source: str, detail: str) -> None:
    error = refused(source)

    assert (error.reason, error.detail) == (Reason.MISSING_VALUE, f"message: {detail}")


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("{{ order.total }}", "order.total is neither text nor a whole number"),
        ("{{ order.paid }}", "order.paid is neither text nor a whole number"),
        ("{{ order.tags }}", "order.tags is neither text nor a whole number"),
        ("{{ order.address }}", "order.address is neither text nor a whole number"),
        ("{{ order }}", "order is neither text nor a whole number"),
        ("{{ order.total + 1 }}", "a value is neither text nor a whole number"),
        ("{{ 'a' ~ order.total }}", "order.total is neither text nor a whole number"),
        ("{{ order.items | first }}", "order.items is neither text nor a whole number"),
        ("{% for a in order.number %}{% endfor %}", "order.number is no list of at most 500"),
        ("{% for a in order.address %}{% endfor %}", "order.address is no list of at most 500"),
        ("{{ order.number > 3 }}", f"values of different kinds are compared; {_READS}"),
        ("{{ order.total | upper }}", "the filter upper cannot take this value"),
        (
            "{{ order.number + 1 }}",
            f"the operator + cannot take these values; {_READS}, ~ joins texts",
        ),
        (
            "{{ 100 * order.number }}",
            f"the operator * cannot take these values; {_READS}",
        ),
        ("{{ order.paid + 1 }}", "the operator + cannot take these values"),
        ("{{ order.tags + order.tags }}", "the operator + cannot take these values"),
        ("{{ order.id / 0 }}", "the operator / cannot take these values"),
        ("{{ order.id % 0 }}", "the operator % cannot take these values"),
        (
            "{{ -order.number }}",
            f"the sign - cannot stand before this value; {_READS}",
        ),
    ],
)
def test_what_does_not_print_needs_a_filter(source: str, detail: str) -> None:
    error = refused(source)

    assert (error.reason, error.detail) == (Reason.INVALID_VALUE, f"message: {detail}")


@pytest.mark.parametrize(
    ("source", "texts", "fixed"),
    [
        ("", (), ""),
        ("a{# b #}c", ("a", "c"), "ac"),
        ("{% raw %}{{ a }}{% endraw %}", ("{{ a }}",), "{{ a }}"),
        ("{{ order.x }}", (), None),
        ("a {{ order.x }} b", ("a ", " b"), None),
        ("{% if order.x %}a{{ order.y }}b{% endif %}", ("a", "b"), None),
        ("{% for a in order.x %}b{% endfor %}", ("b",), None),
    ],
)
def test_what_stands_in_it_for_all_events_is_known(
    source: str, texts: tuple[str, ...], fixed: str | None
) -> None:
    template = Template(source)

    assert (template.texts, template.fixed) == (texts, fixed)


class TestLenient:
    """What is missing is null: it prints nothing."""

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("{{ order.x }}", ""),
            ("{{ order.a.b[0].c }}", ""),
            ("{{ order.notes }}", ""),
            ("{{ order.number }}", "R12345"),
            ("{{ order.x | upper | truncate(3) }}", ""),
            ("{{ order.x or 'en' }}", "en"),
            ("{{ order.x + 1 }}", ""),
            ("{{ 'a' ~ order.x }}", "a"),
            ("{{ 'a' if order.x > 3 else 'b' }}", "b"),
            ("{% for a in order.x %}a{% else %}b{% endfor %}", "b"),
            ("{{ order.texts[order.x] }}", ""),
        ],
    )
    def test_a_missing_value_is_nothing(self, source: str, text: str) -> None:
        assert render(source, lenient=True) == text

    def test_what_does_not_print_is_invalid_still(self) -> None:
        with pytest.raises(UnusableError) as raised:
            render("{{ order.tags }}", lenient=True)

        assert raised.value.reason is Reason.INVALID_VALUE
