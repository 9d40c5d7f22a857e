"""From an event and the flows to SMSes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from marshmallow import Schema, fields

from smsherald.errors import Reason
from smsherald.events.schemas import EventSchema
from smsherald.events.schemas.shipped import OrderSchema
from smsherald.flows import EVENT, Condition, Flow, FlowBook, Template, make
from smsherald.flows.book import REMEMBERED
from smsherald.flows.language.template import Unwrap
from smsherald.flows.views import Views
from smsherald.model import Defect, Made, OnUnknown
from smsherald.sms import asked
from support.shop import ACCOUNT, NOW, ORDER, event, flow, sms_of, ways


def defect(flow: Flow, body: dict[str, Any] = ORDER) -> Defect:
    """Make nothing but one defect."""
    made = make(event(body), FlowBook([flow]))
    (defect,) = made.defects
    assert made.smses == ()
    return defect


def test_an_event_becomes_an_sms() -> None:
    came = event(ORDER, message_id="m-1", app_id="shop")
    made = make(came, FlowBook([flow(reference=Template("{{ order.number }}"), max_age=60.0)]))

    (sms,) = made.smses
    assert sms.event is came
    assert sms.flow == "order-created"
    assert sms.reference == "R12345"
    assert sms.asked == asked(
        "default", ACCOUNT.sid, "+15005550006", "+15558675309", "Order R12345"
    )
    assert sms.expires == NOW + 60
    assert sms.on_unknown is OnUnknown.LOOKUP


class TestReference:
    """What can be made into no SMS is still found by its reference."""

    @pytest.mark.parametrize(
        ("change", "reference"),
        [
            ({"billing_address": {"firstname": "Ann", "phone": "no number"}}, "R12345"),
            ({"billing_address": None}, "R12345"),
            ({"number": 7, "billing_address": {}}, "7"),
            ({"number": None}, None),
            ({"number": {"no": "text"}}, None),
        ],
    )
    def test_is_of_the_event_as_it_came(
        self, change: dict[str, Any], reference: str | None
    ) -> None:
        schema = EventSchema("order", OrderSchema, unwrap=True)
        referring = flow(schema=schema, reference=Template("{{ order.number }}"))

        assert defect(referring, {**ORDER, **change}).reference == reference

    def test_is_missing_where_it_is_what_is_wrong(self) -> None:
        assert defect(flow(reference=Template("{{ order.nr }}"))).reference is None


class TestWhichFlows:
    """A flow makes an SMS of what it subscribes to, and of nothing else."""

    def test_no_flow_wants_it(self) -> None:
        assert make(event(ORDER, "order.paid"), FlowBook([flow()])) == Made((), ())

    def test_there_is_no_flow(self) -> None:
        assert make(event(ORDER), FlowBook([])) == Made((), ())

    def test_several_flows_make_an_sms_each_in_their_order(self) -> None:
        flows = [flow(id="a"), flow(id="b", subscribe=("x", "order.#")), flow(id="c", subscribe=())]

        assert [sms.flow for sms in make(event(ORDER), FlowBook(flows)).smses] == ["a", "b"]

    def test_a_flow_that_two_of_its_patterns_want_makes_one(self) -> None:
        assert sms_of(flow(subscribe=("order.*", "#")))

    def test_a_copy_for_one_flow_is_for_no_other(self) -> None:
        came = replace(event(ORDER), only_flow="b")

        made = make(came, FlowBook([flow(id="a"), flow(id="b"), flow(id="c", to=ways("{{ x }}"))]))

        assert [sms.flow for sms in made.smses] == ["b"]
        assert made.defects == ()

    def test_a_copy_for_a_flow_that_is_gone_is_parked_again_for_it(self) -> None:
        made = make(replace(event(ORDER), only_flow="gone"), FlowBook([flow()]))

        assert made.smses == ()
        assert [(it.flow, it.reason) for it in made.defects] == [("gone", Reason.UNKNOWN_FLOW)]

    def test_what_is_remembered_of_routing_keys_is_bounded(self) -> None:
        flows = FlowBook([flow()])
        for number in range(REMEMBERED + 10):
            make(event(ORDER, f"order.{number}"), flows)

        remembers = vars(flows)["_by_key"]  # Nobody else ever needs to know.
        assert remembers.cache_info().currsize == REMEMBERED
        assert make(event(ORDER), flows).smses


class TestWhen:
    """It may say no, and then there is nothing to complain of."""

    @pytest.mark.parametrize(
        ("condition", "count"),
        [('order.status == "complete"', 1), ('order.status == "cart"', 0), ("order.x > 3", 0)],
    )
    def test_it_decides(self, condition: str, count: int) -> None:
        made = make(event(ORDER), FlowBook([flow(when=Condition(condition))]))

        assert (len(made.smses), made.defects) == (count, ())

    def test_it_comes_before_all_that_may_be_missing(self) -> None:
        no = flow(when=Condition("order.x"), to=ways("{{ order.x }}"))

        assert make(event(ORDER), FlowBook([no])) == Made((), ())

    def test_what_cannot_be_compared_is_a_defect(self) -> None:
        assert defect(flow(when=Condition("order.number > 3"))).reason is Reason.INVALID_VALUE


class TestDefects:
    """A flow that fails says why, and takes no other with it."""

    @pytest.mark.parametrize(
        ("said", "reason", "detail"),
        [
            pytest.param(
                {"to": ways("{{ order.phone }}")},
                Reason.MISSING_VALUE,
                "to: order.phone is missing",
                id="no number",
            ),
            pytest.param(
                {"to": ways("{{ order.status }}")},
                Reason.BAD_NUMBER,
                "to: holds letters",
                id="what is no number",
            ),
            pytest.param(
                {"messages": {"": Template("{{ order.billing_address }}")}},
                Reason.INVALID_VALUE,
                "message: order.billing_address is neither text nor a whole number",
                id="what does not print",
            ),
            pytest.param(
                {"messages": {"": Template(" {{ order.x | default }}\n ")}},
                Reason.EMPTY_TEXT,
                "message is empty",
                id="nothing to say",
            ),
            pytest.param(
                {"messages": {"": Template("x" * 1601)}},
                Reason.TEXT_TOO_LONG,
                "message is longer than 1600 characters",
                id="too much to say",
            ),
            pytest.param(
                {"reference": Template("{{ order.ref }}")},
                Reason.MISSING_VALUE,
                "reference: order.ref is missing",
                id="no reference where one is due",
            ),
            pytest.param(
                {"locale": Template("{{ order.billing_address }}", lenient=True)},
                Reason.INVALID_VALUE,
                "locale: order.billing_address is neither text nor a whole number",
                id="a locale that does not print",
            ),
        ],
    )
    def test_it_says_why(self, said: dict[str, Any], reason: Reason, detail: str) -> None:
        assert defect(flow(**said)) == Defect("order-created", reason, detail)

    def test_the_other_flows_go_on(self) -> None:
        bad = flow(id="bad", to=ways("{{ order.x }}"))

        made = make(event(ORDER), FlowBook([flow(id="a"), bad, flow(id="b")]))

        assert [sms.flow for sms in made.smses] == ["a", "b"]
        assert [found.flow for found in made.defects] == ["bad"]

    def test_what_a_schema_refuses_is_each_flows_own_defect(self) -> None:
        class Strict(Schema):
            number = fields.Integer(strict=True)

        schema = EventSchema("data", Strict, unwrap=False)
        flows = [flow(id="a", schema=schema), flow(id="b", schema=schema), flow(id="c")]

        made = make(event(ORDER), FlowBook(flows))

        assert [sms.flow for sms in made.smses] == ["c"]
        assert made.defects == tuple(
            Defect(name, Reason.INVALID_VALUE, "data.number is not valid") for name in "ab"
        )


class TestLists:
    """A body may be a list: a flow without a schema reads it."""

    BARE = flow(
        id="bare",
        schema=None,
        to=ways("{{ event.body[0].billing_address.phone }}"),
        messages={"": Template("Order {{ event.body[0].number }}")},
        reference=Template("{{ event.body[0].number }}"),
    )

    def test_by_its_index(self) -> None:
        (sms,) = make(event([ORDER, {}]), FlowBook([self.BARE])).smses

        assert (sms.asked.text, sms.reference) == ("Order R12345", "R12345")

    def test_to_a_flow_with_a_schema_it_is_no_object(self) -> None:
        made = make(event([ORDER]), FlowBook([flow(reference=self.BARE.reference), self.BARE]))

        assert [sms.flow for sms in made.smses] == ["bare"]
        assert made.defects == (
            Defect(
                "order-created",
                Reason.NOT_AN_OBJECT,
                "order: the body is a list, and a schema takes an object",
                "R12345",
            ),
        )

    def test_a_flow_that_unwraps_it_has_its_schema(self) -> None:
        celery = flow(unwrap=Unwrap("event.body[1]"))

        assert sms_of(celery, [[], {"order": ORDER}, {}]).asked.text == "Order R12345"

    def test_one_that_is_too_short_has_nothing_there(self) -> None:
        (found,) = make(event([]), FlowBook([self.BARE])).defects

        assert found.detail == "to: event.body[0].billing_address.phone is missing"


def test_a_schema_is_loaded_once_for_all_flows_that_share_it() -> None:
    loads = []

    class Counted(EventSchema):
        def load(self, body: Mapping[str, Any] | list[Any]) -> dict[str, Any]:
            loads.append(body)
            return ORDER

    schema = Counted("order", OrderSchema, unwrap=True)
    made = make(event(ORDER), FlowBook([flow(id=name, schema=schema) for name in "abc"]))

    assert len(made.smses) == 3
    assert len(loads) == 1


def test_an_event_has_the_members_that_templates_may_ask_for() -> None:
    seen = Views(event(ORDER)).unchecked(flow())

    assert seen["event"].keys() == EVENT


class TestWhatTemplatesSee:
    """The event as it came, and what the schema made of it under the schema's name."""

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("{{ event.id }}", "shop/m-1"),
            ("{{ event.routing_key }}", "order.created"),
            ("{{ event.type }}", "com.shop.order"),
            ("{{ event.source }}", "shop"),
            ("{{ event.time }}", f"{NOW - 60:.0f}"),
            ("{{ event.headers.tenant }}", "a"),
            ("{{ event.body.order.number }}", "5"),
            ("{{ order.number }}", "5"),
        ],
    )
    def test_it_is_named(self, source: str, text: str) -> None:
        came = event(
            {"order": {"number": 5, "billing_address": ORDER["billing_address"]}},
            message_id="m-1",
            app_id="shop",
            type="com.shop.order",
            timestamp=int(NOW) - 60,
            headers={"tenant": "a"},
        )

        (sms,) = make(came, FlowBook([flow(messages={"": Template(source)})])).smses

        assert sms.asked.text == text

    def test_of_a_cloudevent_they_are_its_own(self) -> None:
        body = {
            "specversion": "1.0",
            "type": "order",
            "source": "/shop",
            "id": "7",
            "data": ORDER,
            "time": "2023-11-14T21:56:40.9Z",
        }
        texting = flow(
            schema=None,
            to=ways("{{ event.body.data.billing_address.phone }}"),
            messages={"": Template("{{ event.type }} {{ event.source }} {{ event.time }}")},
        )

        assert sms_of(texting, body).asked.text == "order /shop 1699999000"

    @pytest.mark.parametrize("name", ["type", "source"])
    def test_what_nobody_said_is_missing(self, name: str) -> None:
        curious = flow(messages={"": Template(f"{{{{ event.{name} }}}}")})

        assert defect(curious) == Defect(
            "order-created", Reason.MISSING_VALUE, f"message: event.{name} is missing"
        )

    def test_no_schema_leaves_the_body(self) -> None:
        bare = flow(
            schema=None,
            to=ways("{{ event.body.billing_address.phone }}"),
            messages={"": Template("{{ order.number | default('no order') }}")},
        )

        assert sms_of(bare).asked.text == "no order"

    def test_the_parameters_of_an_envelope_are_not_there(self) -> None:
        curious = flow(
            messages={"": Template("{{ event.body.parameters.twilio_auth_token | default('-') }}")}
        )

        body = {"request_id": "r", "parameters": {"twilio_auth_token": "hush"}, "order": ORDER}
        assert sms_of(curious, body).asked.text == "-"
