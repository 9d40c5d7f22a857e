"""What a flow may say beside whom it texts what: once, consent, shadow, unwrap, media, publish."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.events.schemas import find_schema
from smsherald.flows import Condition, Each, FlowBook, Template, Unwrap, make
from smsherald.model import SmsEvent
from support.shop import ORDER, event, flow, sms_of, ways

_EMPTY = "missing_value: once is empty:"
_UNWRAP = "unwrap: event.body"


def why(**said: Any) -> str:
    """Return why a flow makes nothing of an order."""
    (defect,) = make(event(ORDER), FlowBook([flow(**said)])).defects
    return f"{defect.reason}: {defect.detail}"


class TestOnce:
    """An SMS is known by what the flow says is to be texted once."""

    ONCE = flow(once=Template("{{ order.number }}"))

    def test_is_one_whichever_event_says_it(self) -> None:
        first, second = (sms_of(self.ONCE, ORDER, message_id=id_, app_id="a") for id_ in "12")

        assert first.key == second.key
        assert first.once
        assert first.event.identity != second.event.identity

    def test_is_another_for_another_number_recipient_or_flow(self) -> None:
        other = {**ORDER, "number": "R2"}
        moved = {**ORDER, "billing_address": {"phone": "+15558675310"}}
        usual = flow(id="b", once=Template("{{ order.number }}"))

        keys = {sms_of(self.ONCE, body).key for body in (ORDER, other, moved)}

        assert len(keys | {sms_of(usual).key}) == 4

    def test_is_no_key_of_an_event(self) -> None:
        assert sms_of(flow()).key != sms_of(self.ONCE).key
        assert not sms_of(flow()).once

    @pytest.mark.parametrize(
        ("source", "detail"),
        [
            ("{{ order.ref }}", "missing_value: once: order.ref is missing"),
            (
                "{{ order.ref | default('') }} ",
                f"{_EMPTY} all would have one key",
            ),
        ],
    )
    def test_is_strict(self, source: str, detail: str) -> None:
        assert why(once=Template(source)) == detail

    def test_may_use_the_item(self) -> None:
        several = flow(
            to_each=Each("order.watchers"),
            to=ways("{{ item.phone }}"),
            once=Template("{{ item.id }}"),
        )
        people = [{"phone": "+15558675301", "id": n} for n in (1, 1, 2)]

        made = make(event({**ORDER, "watchers": people}), FlowBook([several]))

        assert len(made.smses) == 2


class TestKeptBack:
    """What is made, recorded and told, and not sent."""

    CONSENT = flow(consent=Condition("order.agreed", consent=True))

    def test_without_consent(self) -> None:
        assert sms_of(self.CONSENT).refused is Reason.NO_CONSENT
        assert sms_of(self.CONSENT, {**ORDER, "agreed": False}).refused is Reason.NO_CONSENT

    def test_with_consent_it_is_sent(self) -> None:
        assert sms_of(self.CONSENT, {**ORDER, "agreed": True}).refused is None

    def test_what_is_no_yes_is_parked(self) -> None:
        made = make(event({**ORDER, "agreed": "no"}), FlowBook([self.CONSENT]))

        assert made.smses == ()
        assert made.defects[0].reason is Reason.INVALID_VALUE

    def test_a_shadow(self) -> None:
        assert sms_of(flow(shadow=True)).refused is Reason.SHADOW

    def test_no_consent_is_said_of_a_shadow_too(self) -> None:
        both = flow(shadow=True, consent=Condition("false", consent=True))

        assert sms_of(both).refused is Reason.NO_CONSENT


class TestUnwrap:
    """The object that a flow is about."""

    def test_is_what_the_schema_reads(self) -> None:
        inner = flow(unwrap=Unwrap("event.body.message"))

        assert sms_of(inner, {"message": ORDER}).asked.text == "Order R12345"
        assert sms_of(inner, {"message": {"order": ORDER}}).asked.text == "Order R12345"

    def test_is_data_without_a_schema(self) -> None:
        bare = flow(
            schema=None,
            unwrap=Unwrap("event.body.a[0]"),
            to=ways("{{ data.phone }}"),
            messages={"": Template("Hi {{ data.name }} {{ event.body.n }}")},
        )

        text = sms_of(bare, {"n": 5, "a": [{"phone": "+15558675309", "name": "Ann"}]}).asked.text

        assert text == "Hi Ann 5"

    @pytest.mark.parametrize(
        ("source", "detail"),
        [
            ("event.body.message", f"missing_value: {_UNWRAP}.message is missing"),
            (
                "event.body.number",
                f"invalid_value: {_UNWRAP}.number is a text, not an object",
            ),
            (
                "event.body.x or event.body.y",
                f"missing_value: {_UNWRAP}.x or event.body.y is missing",
            ),
        ],
    )
    def test_of_something_else_is_said(self, source: str, detail: str) -> None:
        assert why(unwrap=Unwrap(source)) == detail

    def test_is_shared_by_flows_that_unwrap_alike_and_no_others(self) -> None:
        flows = [
            flow(id="a", unwrap=Unwrap("event.body.a")),
            flow(id="b", unwrap=Unwrap("event.body.b")),
            flow(id="c", unwrap=Unwrap("event.body.a")),
        ]
        body = {"a": ORDER, "b": {**ORDER, "number": "R2"}}

        made = make(event(body), FlowBook(flows))

        texts = [sms.asked.text for sms in made.smses]
        assert texts == ["Order R12345", "Order R2", "Order R12345"]


class TestWhenOfTheEvent:
    """A condition that reads the event alone is asked before all else."""

    @pytest.mark.parametrize("kind", ["order", "sms"])
    def test_what_others_publish_is_ignored_and_not_parked(self, kind: str) -> None:
        strict = flow(
            schema=find_schema(kind),
            unwrap=Unwrap("event.body.message"),
            when=Condition('event.body.kind == "order"'),
        )

        made = make(event({"kind": "else"}), FlowBook([strict]))

        assert (made.smses, made.defects) == ((), ())

    def test_it_is_asked_once(self) -> None:
        early = flow(when=Condition('event.routing_key == "order.created"'))

        assert sms_of(early).asked.text == "Order R12345"


class TestMedia:
    """Links to what is sent with a text."""

    def test_are_those_that_are_there(self) -> None:
        media = tuple(Template(f"{{{{ order.{name} }}}}", lenient=True) for name in "abc")
        body = {**ORDER, "a": "https://shop.example/a.png", "b": "", "c": None}

        assert sms_of(flow(media=media), body).media == ("https://shop.example/a.png",)

    @pytest.mark.parametrize("link", ["http://shop.example/a.png", "a.png", "https://a b"])
    def test_are_https(self, link: str) -> None:
        assert why(media=(Template(link, lenient=True),)) == (
            "invalid_value: media is no link that begins with https://"
        )

    def test_change_no_digest(self) -> None:
        with_it = sms_of(flow(media=(Template("https://shop.example/a.png", lenient=True),)))

        assert with_it.fingerprint == sms_of(flow()).fingerprint


class TestPublish:
    """An event in place of an SMS."""

    def published(self, **said: Any) -> SmsEvent:
        made = make(event(ORDER), FlowBook([flow(publish="sms.requested", **said)]))
        assert (made.smses, made.defects) == ((), ())
        (published,) = made.published
        return published

    def test_says_whom_to_text_what(self) -> None:
        published = self.published(reference=Template("{{ order.number }}"))

        assert published.routing_key == "sms.requested"
        assert published.body == {"sms": {"phone": "+15558675309", "message": "Order R12345"}}
        assert (published.to, published.reference) == ("+15558675309", "R12345")

    def test_says_from_where_the_flow_does(self) -> None:
        published = self.published(sender=Template("{{ order.store | default('Shop') }}"))

        assert published.body["sms"]["from"] == "Shop"

    def test_has_the_key_of_the_sms(self) -> None:
        assert self.published().key == sms_of(flow()).key

    def test_goes_beside_other_flows_smses(self) -> None:
        both = FlowBook([flow(id="a", publish="sms.requested"), flow(id="b")])

        made = make(event(ORDER), both)

        assert ([sms.flow for sms in made.smses], len(made.published)) == (["b"], 1)
