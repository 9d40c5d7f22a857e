"""From an event and the flows to SMSes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.events.schemas import EventSchema
from smsherald.events.schemas.shipped import OrderSchema
from smsherald.flows import Condition, Flow, Template, make
from smsherald.flows.make import _REMEMBERED, _wanting
from smsherald.model import Account, Asked, Defect, Event, Made, OnUnknown, Sms
from support.shop import ACCOUNT, NOW, ORDER, event, flow


def one(flow: Flow, body: dict[str, Any] = ORDER) -> Sms:
    """Make the one SMS of a flow, which has nothing to complain of."""
    made = make(event(body), [flow])
    (sms,) = made.smses
    assert made.defects == ()
    return sms


def defect(flow: Flow, body: dict[str, Any] = ORDER) -> Defect:
    """Make nothing but one defect."""
    made = make(event(body), [flow])
    (defect,) = made.defects
    assert made.smses == ()
    return defect


def test_an_event_becomes_an_sms() -> None:
    came = event(ORDER, message_id="m-1", app_id="shop")
    made = make(came, [flow(reference=Template("{{ order.number }}"), max_age=60.0)])

    (sms,) = made.smses
    assert sms.event is came
    assert sms.flow == "order-created"
    assert sms.reference == "R12345"
    assert sms.asked == Asked("default", "+15005550006", "+15558675309", "Order R12345")
    assert sms.expires == NOW + 60
    assert sms.on_unknown is OnUnknown.LOOKUP


class TestWhichFlows:
    """A flow makes an SMS of what it subscribes to, and of nothing else."""

    def test_no_flow_wants_it(self) -> None:
        assert make(event(ORDER, "order.paid"), [flow()]) == Made((), ())

    def test_there_is_no_flow(self) -> None:
        assert make(event(ORDER), []) == Made((), ())

    def test_several_flows_make_an_sms_each_in_their_order(self) -> None:
        flows = [flow(id="a"), flow(id="b", subscribe=("x", "order.#")), flow(id="c", subscribe=())]

        assert [sms.flow for sms in make(event(ORDER), flows).smses] == ["a", "b"]

    def test_a_flow_that_two_of_its_patterns_want_makes_one(self) -> None:
        assert one(flow(subscribe=("order.*", "#")))

    def test_a_copy_for_one_flow_is_for_no_other(self) -> None:
        came = replace(event(ORDER), only_flow="b")

        made = make(came, [flow(id="a"), flow(id="b"), flow(id="c", to=Template("{{ x }}"))])

        assert [sms.flow for sms in made.smses] == ["b"]
        assert made.defects == ()

    def test_a_copy_for_a_flow_that_is_gone_is_for_none(self) -> None:
        assert make(replace(event(ORDER), only_flow="gone"), [flow()]) == Made((), ())

    def test_what_is_remembered_of_routing_keys_is_bounded(self) -> None:
        flows = (flow(),)
        for number in range(_REMEMBERED + 10):
            make(event(ORDER, f"order.{number}"), flows)

        assert _wanting.cache_info().currsize <= _REMEMBERED
        assert make(event(ORDER), flows).smses


class TestWhen:
    """It may say no, and then there is nothing to complain of."""

    @pytest.mark.parametrize(
        ("condition", "count"),
        [('order.status == "complete"', 1), ('order.status == "cart"', 0), ("order.x > 3", 0)],
    )
    def test_it_decides(self, condition: str, count: int) -> None:
        made = make(event(ORDER), [flow(when=Condition(condition))])

        assert (len(made.smses), made.defects) == (count, ())

    def test_it_comes_before_all_that_may_be_missing(self) -> None:
        no = flow(when=Condition("order.x"), to=Template("{{ order.x }}"))

        assert make(event(ORDER), [no]) == Made((), ())

    def test_what_cannot_be_compared_is_a_defect(self) -> None:
        assert defect(flow(when=Condition("order.number > 3"))).reason is Reason.INVALID_VALUE


class TestDefects:
    """A flow that fails says why, and takes no other with it."""

    @pytest.mark.parametrize(
        ("said", "reason", "detail"),
        [
            pytest.param(
                {"to": Template("{{ order.phone }}")},
                Reason.MISSING_VALUE,
                "to: order.phone is missing",
                id="no number",
            ),
            pytest.param(
                {"to": Template("{{ order.status }}")},
                Reason.BAD_NUMBER,
                "to: this is no phone number",
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
        bad = flow(id="bad", to=Template("{{ order.x }}"))

        made = make(event(ORDER), [flow(id="a"), bad, flow(id="b")])

        assert [sms.flow for sms in made.smses] == ["a", "b"]
        assert [found.flow for found in made.defects] == ["bad"]

    def test_what_the_schema_refuses_is_each_flows_own_defect(self) -> None:
        flows = [flow(id="a"), flow(id="b"), flow(id="c", schema=None, to=Template("+15558675309"),
                 messages={"": Template("Hi")})]  # fmt: skip

        made = make(event({"number": True}), flows)

        assert [sms.flow for sms in made.smses] == ["c"]
        assert made.defects == tuple(
            Defect(name, Reason.INVALID_VALUE, "order.number is not valid") for name in "ab"
        )


def test_a_schema_is_loaded_once_for_all_flows_that_share_it() -> None:
    loads = []

    class Counted(EventSchema):
        def load(self, event: Event) -> dict[str, Any]:
            loads.append(event)
            return ORDER

    schema = Counted("order", OrderSchema, unwrap=True)
    made = make(event(ORDER), [flow(id=name, schema=schema) for name in "abc"])

    assert len(made.smses) == 3
    assert len(loads) == 1


class TestWhatTemplatesSee:
    """The event as it came, and what the schema made of it under the schema's name."""

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("{{ event.id }}", "shop/m-1"),
            ("{{ event.routing_key }}", "order.created"),
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
            headers={"tenant": "a"},
        )

        (sms,) = make(came, [flow(messages={"": Template(source)})]).smses

        assert sms.asked.text == text

    def test_no_schema_leaves_the_body(self) -> None:
        bare = flow(
            schema=None,
            to=Template("{{ event.body.billing_address.phone }}"),
            messages={"": Template("{{ order.number | default('no order') }}")},
        )

        assert one(bare).asked.text == "no order"

    def test_the_parameters_of_an_envelope_are_not_there(self) -> None:
        curious = flow(
            messages={"": Template("{{ event.body.parameters.twilio_auth_token | default('-') }}")}
        )

        body = {"request_id": "r", "parameters": {"twilio_auth_token": "hush"}, "order": ORDER}
        assert one(curious, body).asked.text == "-"


class TestLocale:
    """The event's locale, else its language, else the first message."""

    @pytest.mark.parametrize(
        ("locale", "text"),
        [
            pytest.param("es", "Hola", id="its own"),
            pytest.param("pt-BR", "Oi", id="its own with a region"),
            pytest.param("pt_br", "Oi", id="however it is written"),
            pytest.param("PT-br", "Oi", id="in any case"),
            pytest.param(" es ", "Hola", id="with space around"),
            pytest.param("es-MX", "Hola", id="its language"),
            pytest.param("zh-Hant-TW", "Nin hao", id="its script"),
            pytest.param("pt", "Hi", id="a region is not its language"),
            pytest.param("fr", "Hi", id="the first"),
            pytest.param("-", "Hi", id="what is no locale"),
            pytest.param("", "Hi", id="an empty one"),
            pytest.param(None, "Hi", id="null"),
        ],
    )
    def test_it_chooses_the_message(self, locale: str | None, text: str) -> None:
        texts = {"en": "Hi", "es": "Hola", "pt_BR": "Oi", "zh-Hant": "Nin hao"}
        polyglot = flow(
            messages={name: Template(said) for name, said in texts.items()},
            locale=Template("{{ order.locale }}", lenient=True),
        )

        assert one(polyglot, {**ORDER, "locale": locale}).asked.text == text

    def test_without_one_the_first_is_for_all(self) -> None:
        messages = {"en": Template("Hi"), "es": Template("Hola")}

        assert one(flow(messages=messages), {**ORDER, "locale": "es"}).asked.text == "Hi"


class TestSender:
    """The flow's, where the account owns it; else the account's own."""

    @pytest.mark.parametrize(
        ("asked", "sender"),
        [
            pytest.param("+15005550007", "+15005550007", id="one that it owns"),
            pytest.param("(500) 555-0007", "+15005550007", id="however it is written"),
            pytest.param("Shop", "Shop", id="a name that it owns"),
            pytest.param("+15558675309", "+15005550006", id="one that it does not own"),
            pytest.param("12", "+15005550006", id="what is none"),
            pytest.param("", "+15005550006", id="an empty one"),
            pytest.param(None, "+15005550006", id="null"),
        ],
    )
    def test_it_is_one_that_the_account_owns(self, asked: str | None, sender: str) -> None:
        asking = flow(sender=Template("{{ order.from }}", lenient=True))

        assert one(asking, {**ORDER, "from": asked}).asked.sender == sender

    def test_without_one_it_is_the_accounts_own(self) -> None:
        assert one(flow()).asked.sender == ACCOUNT.sender


class TestText:
    """What is asked of Twilio is clean."""

    def test_white_space_around_the_text_falls_away(self) -> None:
        assert one(flow(messages={"": Template("\n Hi\n\nAnn \n\n")})).asked.text == "Hi\n\nAnn"

    @pytest.mark.parametrize("reference", ["", " \n"])
    def test_an_empty_reference_is_none(self, reference: str) -> None:
        assert one(flow(reference=Template(reference))).reference is None

    @pytest.mark.parametrize(
        ("phone", "to"),
        [("+1 (555) 867-5309", "+15558675309"), ("555-867-5309", "+15558675309"),
         (15558675309, "+15558675309")],
    )  # fmt: skip
    def test_a_number_is_normalised(self, phone: object, to: str) -> None:
        assert one(flow(), {**ORDER, "billing_address": {"phone": phone}}).asked.to == to

    def test_a_national_number_is_of_the_flows_region(self) -> None:
        german = flow(region="DE", to=Template("0170 1234567"))

        assert one(german).asked.to == "+491701234567"

    def test_without_an_age_it_never_expires(self) -> None:
        assert one(flow(max_age=None)).expires is None


class TestKeyAndFingerprint:
    """One names the ledger's row, the other what cannot be told apart at Twilio."""

    def test_the_same_event_has_the_same_key(self) -> None:
        assert one(flow()).key == one(flow(messages={"": Template("else")})).key

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"id": "other"}, id="another flow"),
            pytest.param({"to": Template("+15558675308")}, id="another recipient"),
        ],
    )
    def test_another_flow_or_recipient_has_another_key(self, other: dict[str, Any]) -> None:
        assert one(flow(**other)).key != one(flow()).key

    def test_another_event_has_another_key_and_the_same_fingerprint(self) -> None:
        first, second = (
            make(event(ORDER, message_id=number, app_id="shop"), [flow()]).smses[0]
            for number in ("1", "2")
        )

        assert first.key != second.key
        assert first.fingerprint == second.fingerprint

    def test_parts_do_not_run_into_each_other(self) -> None:
        first, second = (
            make(event(ORDER, app_id=app, message_id=message), [flow()]).smses[0]
            for app, message in (("ab", "c"), ("a", "bc"))
        )

        assert first.key != second.key

    def test_rules_do_not_run_into_each_other(self) -> None:
        by_amqp = make(event(ORDER, app_id="a", message_id="b"), [flow()]).smses[0]
        by_header: dict[str, Any] = {"headers": {"cloudEvents_source": "a", "cloudEvents_id": "b"}}

        assert make(event(ORDER, **by_header), [flow()]).smses[0].key != by_amqp.key

    def test_the_sender_is_not_in_the_fingerprint(self) -> None:
        asking = flow(sender=Template("Shop"))

        assert one(asking).asked.sender != one(flow()).asked.sender
        assert one(asking).fingerprint == one(flow()).fingerprint

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"messages": {"": Template("else")}}, id="another text"),
            pytest.param({"to": Template("+15558675308")}, id="another recipient"),
            pytest.param(
                {"account": Account("b", "AC2", "+15005550006", frozenset())}, id="another account"
            ),
        ],
    )
    def test_another_text_recipient_or_account_has_another_one(self, other: dict[str, Any]) -> None:
        assert one(flow(**other)).fingerprint != one(flow()).fingerprint

    def test_the_accounts_name_is_not_in_it(self) -> None:
        renamed = flow(account=replace(ACCOUNT, name="renamed"))

        assert one(renamed).fingerprint == one(flow()).fingerprint

    def test_both_are_hexadecimal_digests(self) -> None:
        sms = one(flow())

        assert len(bytes.fromhex(sms.key)) == len(bytes.fromhex(sms.fingerprint)) == 32

    def test_an_identity_that_is_no_text_has_a_key_too(self) -> None:
        assert make(event(ORDER, app_id="\ud800", message_id="b"), [flow()]).smses[0].key
