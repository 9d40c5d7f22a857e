"""`to_each`: one flow makes an SMS for each element of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Condition, Each, Flow, FlowBook, Template, TemplateError, make
from smsherald.flows.language.template import MOST_RECIPIENTS
from smsherald.model import Defect, Made
from support.shop import ACCOUNT, ORDER, event, flow, ways

ANN, BOB, CY = "+15558675301", "+15558675302", "+15558675303"
WATCHERS = flow(
    to_each=Each("order.watchers"),
    to=ways("{{ item }}"),
    messages={"": Template("Order {{ order.number }}")},
)
PEOPLE = replace(
    WATCHERS,
    to=ways("{{ item.phone }}"),
    messages={"en": Template("Hi {{ item.name }}"), "es": Template("Hola {{ item.name }}")},
    locale=Template("{{ item.locale }}", lenient=True),
    reference=Template("{{ order.number }}/{{ item.id | default('-') }}"),
    sender=Template("{{ item.from }}", lenient=True),
)


def made(watchers: Any, flow: Flow = WATCHERS) -> Made:
    return make(event({**ORDER, "watchers": watchers}), FlowBook([flow]))


def recipients(made: Made) -> list[str]:
    return [sms.asked.to for sms in made.smses]


def defect(watchers: Any, flow: Flow = WATCHERS) -> Defect:
    """Insist on one defect, whatever else was made."""
    (found,) = made(watchers, flow).defects
    return found


class TestTheList:
    """What gives one, and what is none."""

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("order.watchers", ["a", "b"]),
            ("order.lists[0]", [1]),
            ("order.joined | split(',')", ["c", "d"]),
            ("[order.joined, order.missing]", ["c,d", None]),
            ("order.missing or order.watchers", ["a", "b"]),
            ("order.missing | default([])", []),
            ("order.watchers if order.joined else []", ["a", "b"]),
            ("order.nulls", [None, 0]),
        ],
    )
    def test_an_expression_gives_it(self, source: str, found: list[Any]) -> None:
        order = {"watchers": ["a", "b"], "lists": [[1]], "joined": "c,d", "nulls": [None, 0]}

        assert Each(source).items({"order": order}) == found

    @pytest.mark.parametrize(
        ("order", "reason", "detail"),
        [
            ({}, Reason.MISSING_VALUE, "order.watchers is missing"),
            ({"watchers": None}, Reason.MISSING_VALUE, "order.watchers is missing"),
            *(
                (
                    {"watchers": wrong},
                    Reason.INVALID_VALUE,
                    "order.watchers is no list of at most 100",
                )
                for wrong in ("+15558675301", {"a": "+15558675301"}, 5, True, ["x"] * 101)
            ),
        ],
    )
    def test_what_is_no_list_says_so_and_shows_no_value(
        self, order: dict[str, Any], reason: Reason, detail: str
    ) -> None:
        with pytest.raises(UnusableError) as caught:
            Each("order.watchers").items({"order": order})

        assert (caught.value.reason, caught.value.detail) == (reason, f"to_each: {detail}")

    @pytest.mark.parametrize(
        "source", ["{{ order.watchers }}", "order.", "order.a b", "order.a()", "found.a", "["]
    )
    def test_what_is_no_expression_is_an_error_of_the_configuration(self, source: str) -> None:
        with pytest.raises(TemplateError):
            Each(source, names=frozenset({"order"}))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_any_event_gives_a_list_or_a_reason(self, value: Any) -> None:
        try:
            found = Each("order.watchers").items({"order": {"watchers": value}})
        except UnusableError:
            found = None

        assert found == (value if isinstance(value, list) else None)


class TestSmses:
    """One for each number."""

    def test_a_list_of_numbers_is_an_sms_each_in_its_order(self) -> None:
        several = made([BOB, ANN, "(555) 867-5303", 15558675304])

        assert recipients(several) == [BOB, ANN, CY, "+15558675304"]
        assert several.defects == ()
        assert {sms.flow for sms in several.smses} == {"order-created"}
        assert len({sms.key for sms in several.smses}) == 4
        assert len({sms.fingerprint for sms in several.smses}) == 4

    def test_every_template_sees_its_item_and_the_event(self) -> None:
        shop = sorted(ACCOUNT.senders)[1]
        people = [
            {"phone": ANN, "name": "Ann", "id": 7},
            {"phone": BOB, "name": "Bob", "locale": "es-MX", "from": shop},
        ]

        ann, bob = made(people, PEOPLE).smses

        assert (ann.asked.text, ann.reference, ann.asked.sender) == (
            "Hi Ann",
            "R12345/7",
            ACCOUNT.sender,
        )
        assert (bob.asked.text, bob.reference, bob.asked.sender) == ("Hola Bob", "R12345/-", shop)

    @pytest.mark.parametrize(
        ("watchers", "to"),
        [
            pytest.param([ANN, BOB, ANN], [ANN, BOB], id="the same text twice"),
            pytest.param([ANN, "555-867-5301"], [ANN], id="one number written in two ways"),
        ],
    )
    def test_equal_numbers_make_one_sms(self, watchers: list[str], to: list[str]) -> None:
        assert recipients(made(watchers)) == to

    def test_of_equal_numbers_the_first_says_the_text(self) -> None:
        people = [{"phone": ANN, "name": "Ann"}, {"phone": ANN, "name": "Anna"}]

        (sms,) = made(people, PEOPLE).smses

        assert sms.asked.text == "Hi Ann"

    def test_an_sms_is_the_same_whether_a_list_or_a_path_named_its_recipient(self) -> None:
        alone = replace(WATCHERS, to_each=None, to=ways("{{ order.watchers[1] }}"))

        assert made([ANN, BOB], alone).smses == made([ANN, BOB]).smses[1:]

    def test_an_empty_list_makes_nothing_and_is_no_defect(self) -> None:
        assert made([]) == Made((), ())

    def test_a_condition_is_asked_once_and_before_the_list(self) -> None:
        no = replace(WATCHERS, when=Condition("order.status == 'cart'"))

        assert made("no list", no) == Made((), ())

    def test_the_most_there_may_be_are_all_made(self) -> None:
        numbers = [f"+1555867{n:04}" for n in range(MOST_RECIPIENTS)]

        assert recipients(made(numbers)) == numbers

    def test_one_more_than_there_may_be_makes_none(self) -> None:
        numbers = [f"+1555867{n:04}" for n in range(MOST_RECIPIENTS + 1)]

        several = made(numbers)

        assert several.smses == ()
        assert several.defects == (
            Defect(
                "order-created",
                Reason.INVALID_VALUE,
                "to_each: order.watchers is no list of at most 100",
            ),
        )

    @given(
        st.lists(st.sampled_from([ANN, BOB, CY, "867-5301", "", "12", None, 5.5, {}]), max_size=8)
    )
    def test_any_list_makes_one_sms_a_number_and_at_most_one_defect(
        self, watchers: list[Any]
    ) -> None:
        several = made(watchers)

        good = [item for item in watchers if item in (ANN, BOB, CY)]
        assert recipients(several) == list(dict.fromkeys(good))
        assert len(several.defects) == (len(good) < len(watchers))


class TestBadItems:
    """The good ones are made, and the event is parked for the flow once."""

    @pytest.mark.parametrize(
        ("watchers", "reason", "detail"),
        [
            ([ANN, "12"], Reason.BAD_NUMBER, "to_each[1]: to: has fewer than 4 digits"),
            ([ANN, None], Reason.MISSING_VALUE, "to_each[1]: item is missing"),
            (
                [ANN, {"phone": BOB}],
                Reason.INVALID_VALUE,
                "to_each[1]: to: item is neither text nor a whole number",
            ),
            (
                ["12", ANN, None, "x", BOB],
                Reason.BAD_NUMBER,
                "to_each[0]: to: has fewer than 4 digits; also [2], [3]",
            ),
        ],
    )
    def test_the_defect_names_the_item_and_never_its_value(
        self, watchers: list[Any], reason: Reason, detail: str
    ) -> None:
        assert defect(watchers) == Defect("order-created", reason, detail)
        assert recipients(made(watchers)) == [it for it in watchers if it in (ANN, BOB)]

    @pytest.mark.parametrize(
        ("person", "detail"),
        [
            ({"name": "Ann"}, "to_each[0]: to: item.phone is missing"),
            ({"phone": ANN}, "to_each[0]: message: item.name is missing"),
            (ANN, "to_each[0]: to: item.phone is missing"),
        ],
    )
    def test_what_an_item_lacks_is_said_by_its_path(self, person: Any, detail: str) -> None:
        assert defect([person], PEOPLE) == Defect(
            "order-created", Reason.MISSING_VALUE, detail, "R12345/-"
        )

    def test_other_flows_go_on(self) -> None:
        came = event({**ORDER, "watchers": "none"})

        several = make(came, FlowBook([WATCHERS, flow(id="other")]))

        assert [sms.flow for sms in several.smses] == ["other"]
        assert [it.flow for it in several.defects] == ["order-created"]
