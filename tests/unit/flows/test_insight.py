"""What is said of an event's way is what becomes of it, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import Reason
from smsherald.flows import Condition, Each, Flow, FlowBook, Route, Shape, Template, make
from smsherald.flows.insight import Finding, Part, look
from smsherald.model import Event
from support.shop import ORDER, event, flow, ways

WHEN = 'event.body.status == "paid" and event.body["total"] > 5 and not event.body.list[0].x'
PAID = {"status": "paid", "total": 9, "phone": "+15558675309", "name": "Ann", "locale": "de"}
PLAIN: dict[str, Any] = {"schema": None, "to": ways("{{ event.body.phone }}")}


def plain(**changes: Any) -> Flow:
    """Return a flow without a schema."""
    said = PLAIN | {"messages": {"": Template("Hi {{ event.body.name }}")}}
    return flow(**(said | changes))


class TestFinding:
    """Why there is no text."""

    def test_a_flow_that_does_not_subscribe(self) -> None:
        other = flow(subscribe=(Route(key="order.paid"),))

        assert look(event(ORDER), other).finding is Finding.NOT_SUBSCRIBED

    def test_a_flow_that_asks_for_another_type(self) -> None:
        other = flow(subscribe=(Route(key="order.created", type="com.shop.x"),))

        assert look(event(ORDER), other).finding is Finding.ANOTHER_TYPE
        named = replace(event(ORDER), names=("com.shop.x",))
        assert look(named, other).finding is Finding.MADE

    def test_a_copy_for_another_flow(self) -> None:
        assert look(replace(event(ORDER), only_flow="other"), flow()).finding is (
            Finding.ANOTHER_FLOW
        )
        copy = replace(event(ORDER), only_flow="order-created", routing_key="any")
        assert look(copy, flow()).finding is Finding.MADE

    def test_an_empty_list(self) -> None:
        seen = look(event({"list": []}), plain(to_each=Each("event.body.list")))

        assert (seen.finding, seen.texts, seen.defect) == (Finding.EMPTY_LIST, (), None)

    def test_a_defect(self) -> None:
        seen = look(event({"name": "Ann"}), plain())

        assert seen.finding is Finding.PARKED
        assert seen.defect is not None
        assert seen.defect.reason is Reason.MISSING_VALUE


class TestParts:
    """What a condition that says no was asked about."""

    def test_are_its_paths_with_the_values_that_are_there(self) -> None:
        seen = look(event({"status": "", "list": [{"x": [1]}]}), plain(when=Condition(WHEN)))

        assert seen.finding is Finding.WHEN
        assert seen.asked == (
            Part("event.body.status", ""),
            Part("event.body.total", None),
            Part("event.body.list[0].x", [1]),
        )

    def test_are_those_that_a_schema_has_loaded(self) -> None:
        seen = look(event(ORDER), flow(when=Condition('order.number == "R1"')))

        assert seen.asked == (Part("order.number", "R12345"),)

    def test_of_a_path_that_the_event_says_it_is_what_is_known(self) -> None:
        source = "event.body.names[event.body.key] == 1"
        seen = look(event({"names": {"a": 2}, "key": "a"}), plain(when=Condition(source)))

        assert seen.asked == (Part("event.body.names", {"a": 2}), Part("event.body.key", "a"))


class TestText:
    """How a text came to be."""

    @pytest.mark.parametrize(
        ("phone", "changes", "country", "source"),
        [
            pytest.param("+15558675309", {}, None, None, id="a calling code"),
            pytest.param("tel:+1 555 867 5309", {}, None, None, id="one in other signs"),
            pytest.param("555-867-5309", {}, "US", "default", id="no country"),
            pytest.param(
                "030 901820",
                {"region": Template("{{ event.body.c }}", lenient=True)},
                "DE",
                "region",
                id="a region",
            ),
        ],
    )
    def test_where_a_number_is_read(
        self, phone: str, changes: dict[str, Any], country: str | None, source: str | None
    ) -> None:
        came = event({"name": "Ann", "phone": phone, "c": "DEU"})
        (text,) = look(came, plain(**changes)).texts

        assert (text.read.country, text.read.source) == (country, source)

    def test_which_of_several_ways_led_to_it(self) -> None:
        several = ways("{{ event.body.none }}", "{{ event.body.bad }}", "{{ event.body.phone }}")
        came = event({"name": "Ann", "bad": "no number", "phone": "+15558675309"})
        (text,) = look(came, plain(to=several)).texts

        assert text.read.way is several[2]

    def test_which_message_was_chosen_and_what_its_shape_has_changed(self) -> None:
        german = plain(
            messages={"en": Template("Hi"), "de": Template(" \u201eHallo\u201c ")},
            locale=Template("{{ event.body.locale }}", lenient=True),
            shape=Shape(gsm7=True),
        )
        (text,) = look(event(PAID | {"locale": "de-AT"}), german).texts

        assert (text.locale, text.message, text.written) == ("de-AT", "de", "\u201eHallo\u201c")

    def test_which_element_of_a_list_it_is_for(self) -> None:
        each = plain(to_each=Each("event.body.list"), to=ways("{{ item }}"))
        phones = [None, "bad", "+15558675309", "+15558675309", "+15558675310"]
        seen = look(event({"name": "Ann", "list": phones}), each)

        assert [(text.item, text.read.number) for text in seen.texts] == [
            (2, "+15558675309"),
            (4, "+15558675310"),
        ]
        assert seen.defect is not None


FLOWS = [
    plain(when=Condition(WHEN)),
    plain(once=Template("{{ event.body.name }}")),
    plain(to_each=Each("event.body.list"), to=ways("{{ item }}")),
    plain(publish="sms.requested", max_age=None),
    plain(messages={"en": Template("Hi"), "de": Template("Hallo {{ event.body.name }}")}),
    plain(shape=Shape(most=1, cut=True)),
    flow(),
]
VALUE: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "paid", 9, "no number", "+15558675309", "555-867-5309", "é “" * 60, []]
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("status", "total", "phone", "name"), VALUE),
        "list": st.lists(VALUE, max_size=3),
        "order": st.just(ORDER),
    },
)


@given(BODY, st.sampled_from(FLOWS))
def test_it_is_what_the_daemon_makes(body: dict[str, Any], one: Flow) -> None:
    came: Event = event(body)
    seen = look(came, one)
    made = make(came, FlowBook([one]))

    assert tuple(text.made for text in seen.texts) == (*made.smses, *made.published)
    assert (() if seen.defect is None else (seen.defect,)) == made.defects
    assert bool(seen.texts) is (seen.finding is Finding.MADE)
