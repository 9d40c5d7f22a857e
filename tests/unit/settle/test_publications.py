"""What is published about an event: notifications, retry copies, parked copies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from smsherald.broker.rabbitmq.properties import can_be_written
from smsherald.errors import Reason
from smsherald.events import decode
from smsherald.events.identity import LONGEST_PART
from smsherald.events.names import LONGEST as LONGEST_NAME
from smsherald.events.names import MOST
from smsherald.model import (
    Defect,
    Deferred,
    Delivery,
    Duplicate,
    Event,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Settlement,
    Skipped,
    SmsEvent,
    Told,
)
from smsherald.settle.copies import ParkedCopy, RetryCopy
from smsherald.settle.notifications import Notification, Notifications, rfc3339
from smsherald.settle.port import Message
from smsherald.settle.publications import Publications
from support.examples import ASKED, EVENT, SENT, SMS, an_sms, an_sms_event

NOW = 1_750_000_002.0
FRAME_MAX = 131_072
"""RabbitMQ's."""
TIERS = (5.0, 30.0, 120.0, 600.0, 3600.0)
PUBLICATIONS = Publications(Notifications("smsherald", "com.myshop."), TIERS, "ours", "smsherald")
FAILED = Failed(ASKED, Reason.BAD_RECIPIENT, 21614, NOW, 3)


def delivery(**properties: Any) -> Delivery:
    return Delivery(
        b'{"n": 1}',
        {"headers": {}, **properties},
        "events",
        "order.created",
        redelivered=False,
        tag=7,
    )


def about(*outcomes: Outcome, outcome: EventOutcome, **changes: Any) -> list[Any]:
    event = replace(EVENT, **changes)
    results = tuple((an_sms(event=event), it) for it in outcomes)
    return PUBLICATIONS.about(delivery(), event, Settlement(outcome, results), NOW)


def envelope(notification: Notification) -> dict[str, Any]:
    return dict(json.loads(notification.message.body))


class TestNotifications:
    """An SMS that has ended is told as a CloudEvent."""

    def test_a_sent_text_is_told_with_all_its_fields(self) -> None:
        (told,) = about(SENT, outcome=EventOutcome.HANDLED)

        assert told.routing_key == "sms.sent"
        assert told.told == Told.of(SMS.key, SENT)
        assert told.message.properties["correlation_id"] == EVENT.id
        assert told.message.properties["content_type"] == "application/cloudevents+json"
        assert envelope(told) == {
            "specversion": "1.0",
            "id": told.message.properties["message_id"],
            "source": "/smsherald/smsherald",
            "type": "com.myshop.sms.sent",
            "subject": "R12345",
            "time": "2025-06-15T15:06:41.000Z",
            "datacontenttype": "application/json",
            "data": {
                "event": {"id": EVENT.id, "routing_key": "order.created"},
                "flow": "order-created",
                "reference": "R12345",
                "account": "default",
                "to": ASKED.to,
                "from": ASKED.sender,
                "message_sid": SENT.sid,
                "outcome": "sent",
                "twilio_status": "queued",
                "reason": None,
                "twilio_code": None,
                "segments": 1,
                "encoding": "gsm7",
                "attempt": 0,
                "detail": None,
            },
        }

    def test_the_same_fact_has_the_same_id_and_another_fact_another(self) -> None:
        ids = [
            envelope(told)["id"]
            for outcome in (
                SENT,
                replace(SENT, at=SENT.at + 60),
                replace(SENT, sid="SM" + 32 * "1"),
                FAILED,
                replace(FAILED, claim_number=4),
            )
            for told in about(outcome, outcome=EventOutcome.HANDLED)
        ]

        assert ids[0] == ids[1]
        assert len(set(ids)) == 4

    @pytest.mark.parametrize(
        ("outcome", "routing_key", "reason", "code"),
        [
            (FAILED, "sms.failed", "bad_recipient", 21614),
            (Skipped(ASKED, Reason.EXPIRED, NOW, 1), "sms.skipped", "expired", None),
        ],
    )
    def test_why_a_text_was_not_sent_is_told(
        self, outcome: Outcome, routing_key: str, reason: str, code: int | None
    ) -> None:
        (told,) = about(outcome, outcome=EventOutcome.HANDLED)

        data = envelope(told)["data"]
        assert told.routing_key == routing_key
        assert (data["reason"], data["twilio_code"]) == (reason, code)

    def test_two_smses_of_one_event_are_two_facts(self) -> None:
        results = tuple((an_sms(key=key), SENT) for key in ("1", "2"))
        publications = PUBLICATIONS.about(
            delivery(), EVENT, Settlement(EventOutcome.HANDLED, results), NOW
        )
        told = [it for it in publications if isinstance(it, Notification)]

        assert [it.told for it in told] == [Told.of("1", SENT), Told.of("2", SENT)]
        assert len({envelope(it)["id"] for it in told}) == 2

    def test_a_duplicate_is_not_told_again(self) -> None:
        assert about(Duplicate(SENT), outcome=EventOutcome.HANDLED) == []

    def test_times_are_rfc_3339_in_utc(self) -> None:
        assert rfc3339(0.0625) == "1970-01-01T00:00:00.062Z"


class TestSmsEvents:
    """What a flow publishes in place of an SMS is an event like any other."""

    SMS_EVENT = an_sms_event(event=replace(EVENT, time=1_750_000_000.9))

    def message(self, sms_event: SmsEvent = SMS_EVENT) -> Message:
        settlement = Settlement(EventOutcome.HANDLED, published=(sms_event,))
        (publication,) = PUBLICATIONS.of_sms_events(settlement)
        assert publication.sms_event is sms_event
        return publication.message

    def test_it_has_ids_and_time_for_whoever_reads_it(self) -> None:
        message = self.message()

        assert json.loads(message.body) == {
            "sms": {"phone": "+15558675309", "message": "Hi Ann, we have your order R12345."}
        }
        assert message.properties == {
            "content_type": "application/json",
            "delivery_mode": 2,
            "app_id": "smsherald/smsherald",
            "message_id": str(UUID(message.properties["message_id"])),
            "correlation_id": EVENT.id,
            "timestamp": 1_750_000_000,
        }

    def test_it_is_the_same_event_however_often_it_comes(self) -> None:
        first = self.read(self.SMS_EVENT)
        again = self.read(replace(self.SMS_EVENT, event=replace(EVENT, attempt=3)))
        other = self.read(replace(self.SMS_EVENT, key="q" * 64))

        assert first.identity[:2] == ("amqp", "smsherald/smsherald")
        assert (first.identity, first.digest) == (again.identity, again.digest)
        assert first.identity != other.identity

    def test_it_is_as_old_as_the_event_that_it_was_made_of(self) -> None:
        assert self.read(self.SMS_EVENT).time == 1_750_000_000

    def read(self, sms_event: SmsEvent) -> Event:
        message = self.message(sms_event)
        properties = {"headers": {}, **message.properties}
        key = sms_event.routing_key
        came = Delivery(message.body, properties, "events", key, redelivered=False, tag=1)
        return decode(came, now=NOW, max_body=1000)

    def test_it_is_not_told(self) -> None:
        settlement = Settlement(EventOutcome.HANDLED, published=(self.SMS_EVENT,))

        assert PUBLICATIONS.about(delivery(), EVENT, settlement, NOW) == []

    @pytest.mark.parametrize(("attempt", "tier"), [(0, 0), (2, 2), (99, 4)])
    def test_while_no_queue_takes_it_its_event_comes_ever_more_seldom(
        self, attempt: int, tier: int
    ) -> None:
        settlement = Settlement(
            EventOutcome.DEFERRED,
            why=Deferred(Reason.UNROUTABLE, None),
            published=(self.SMS_EVENT,),
            returned=(self.SMS_EVENT,),
        )
        event = replace(EVENT, attempt=attempt)
        (copy,) = PUBLICATIONS.about(delivery(), event, settlement, NOW)
        assert isinstance(copy, RetryCopy)

        assert copy.tier == tier
        assert copy.message.properties["headers"]["x-smsherald-attempt"] == attempt + 1


class TestRetry:
    """A deferred event comes again, in the tier that its wait asks for."""

    @pytest.mark.parametrize(
        ("wait", "attempt", "tier", "sentence"),
        [
            (0.5, 0, 0, "the shortest that is not shorter"),
            (5.0, 0, 0, "exactly as long is long enough"),
            (5.1, 0, 1, "a little more takes the next"),
            (121.0, 3, 3, "a wait is not changed by attempts"),
            (9e9, 0, 4, "what no tier reaches takes the longest"),
            (None, 0, 0, "without a wait the first attempt takes the first"),
            (None, 2, 2, "and later attempts take later ones"),
            (None, 19, 4, "up to the last"),
        ],
    )
    def test_the_tier(self, wait: float | None, attempt: int, tier: int, sentence: str) -> None:
        (copy,) = about(
            Deferred(Reason.NOT_TAKEN, wait), outcome=EventOutcome.DEFERRED, attempt=attempt
        )

        assert copy.tier == tier, sentence

    def test_the_earliest_wait_of_several_counts(self) -> None:
        waits = [Deferred(Reason.IN_FLIGHT, 100.0), Deferred(Reason.RATE_LIMITED, 20.0)]
        (copy,) = about(*waits, outcome=EventOutcome.DEFERRED)

        assert copy.tier == 1

    @pytest.mark.parametrize(
        ("reasons", "counted"),
        [
            ([Reason.NOT_TAKEN], 1),
            ([Reason.UNKNOWN], 1),
            ([Reason.IN_FLIGHT], 0),
            ([Reason.HELD], 0),
            ([Reason.PAUSED], 0),
            ([Reason.PAUSED, Reason.IN_FLIGHT], 0),
            ([Reason.PAUSED, Reason.RATE_LIMITED], 1),
            ([Reason.NOT_MINE], 0),
            ([Reason.DEFECT], 1),
        ],
    )
    def test_waiting_for_others_is_no_attempt(self, reasons: list[Reason], counted: int) -> None:
        (copy,) = about(
            *(Deferred(reason, 1.0) for reason in reasons),
            outcome=EventOutcome.DEFERRED,
            attempt=4,
        )

        assert copy.message.properties["headers"]["x-smsherald-attempt"] == 4 + counted

    def test_what_has_ended_beside_it_is_told_now(self) -> None:
        told, copy = about(SENT, Deferred(Reason.HELD, 1.0), outcome=EventOutcome.DEFERRED)

        assert isinstance(told, Notification)
        assert isinstance(copy, RetryCopy)

    def test_the_copy_remembers_where_it_comes_from(self) -> None:
        (copy,) = about(
            Deferred(Reason.HELD, 1.0), outcome=EventOutcome.DEFERRED, only_flow="order-created"
        )

        headers = copy.message.properties["headers"]
        assert headers["x-smsherald-routing-key"] == "order.created"
        assert headers["x-smsherald-first-seen"] == EVENT.time
        assert headers["x-smsherald-flow"] == "order-created"
        assert "x-smsherald-types" not in headers

    def test_the_copy_says_what_the_event_was_called(self) -> None:
        (copy,) = about(
            Deferred(Reason.HELD, 1.0), outcome=EventOutcome.DEFERRED, names=("a", "App\\Order")
        )

        said = copy.message.properties["headers"]["x-smsherald-types"]
        assert json.loads(said) == ["a", "App\\Order"]

    def test_a_copy_keeps_what_is_the_events_and_drops_what_was_the_first_publishs(self) -> None:
        came = delivery(
            message_id="1",
            app_id="shop",
            timestamp=1_750_000_000,
            content_type="application/json",
            user_id="shop",
            expiration="1000",
            reply_to="somewhere",
            headers={
                "tenant": "a",
                "x-death": [{}],
                "x-first-death-queue": "q",
                "x-last-death-reason": "expired",
                "x-delivery-count": 3,
                "CC": ["elsewhere"],
                "BCC": ["elsewhere"],
                "x-smsherald-attempt": 99,
                "CCY": "EUR",
                b"caf\xe9": "a name that is not UTF-8",
                "nested": {"kept": 1, b"caf\xe9": 2},
            },
        )
        settlement = Settlement(EventOutcome.DEFERRED, ((SMS, Deferred(Reason.NOT_TAKEN, None)),))
        (copy,) = PUBLICATIONS.about(came, EVENT, settlement, NOW)
        assert isinstance(copy, RetryCopy)

        properties = dict(copy.message.properties)
        headers = properties.pop("headers")
        assert copy.message.body == came.body
        assert properties == {
            "message_id": "1",
            "app_id": "shop",
            "timestamp": 1_750_000_000,
            "content_type": "application/json",
            "delivery_mode": 2,
        }
        assert {name for name in headers if not name.startswith("x-smsherald-")} == {
            "tenant",
            "CCY",
            "nested",
        }
        assert headers["nested"] == {"kept": 1}
        assert headers["x-smsherald-attempt"] == 1


class TestParked:
    """One copy and one notification for each flow that failed."""

    def test_each_flow_leaves_a_copy_with_its_reason(self) -> None:
        defects = (
            Defect("order-created", Reason.BAD_NUMBER, "to: no number"),
            Defect("order-copy", Reason.MISSING_VALUE, "to: order.phone is missing"),
        )
        publications = PUBLICATIONS.about(
            delivery(), EVENT, Settlement(EventOutcome.PARKED, (), defects), NOW
        )
        copies = [it for it in publications if isinstance(it, ParkedCopy)]
        told = [it for it in publications if isinstance(it, Notification)]

        assert [copy.message.properties["headers"]["x-smsherald-flow"] for copy in copies] == [
            "order-created",
            "order-copy",
        ]
        assert copies[0].message.properties["headers"]["x-smsherald-reason"] == "bad_number"
        assert copies[0].message.properties["headers"]["x-smsherald-detail"] == "to: no number"
        assert [envelope(it)["data"]["reason"] for it in told] == ["bad_number", "missing_value"]
        assert len({envelope(it)["id"] for it in told}) == 2

    def test_what_the_ledger_refused_is_parked_for_its_flow(self) -> None:
        copy, told = about(
            Parked(Reason.IDENTITY_CONFLICT, "another event"), outcome=EventOutcome.PARKED
        )

        assert copy.message.properties["headers"]["x-smsherald-flow"] == SMS.flow
        assert told.routing_key == "sms.parked"
        assert told.told is None

    def test_a_flow_of_several_smses_leaves_one_copy_with_the_first_that_was_wrong(self) -> None:
        refused = Parked(Reason.IDENTITY_CONFLICT, "another event")
        results = tuple((an_sms(key=key), refused) for key in ("1", "2"))
        other = (an_sms(key="3", flow="order-copy"), refused)
        bad = Defect(SMS.flow, Reason.BAD_NUMBER, "to_each[2]: to: no number")
        settlement = Settlement(EventOutcome.PARKED, (*results, other), (bad,))
        publications = PUBLICATIONS.about(delivery(), EVENT, settlement, NOW)
        copies = [it for it in publications if isinstance(it, ParkedCopy)]

        assert [
            (headers["x-smsherald-flow"], headers["x-smsherald-detail"])
            for headers in (copy.message.properties["headers"] for copy in copies)
        ] == [(SMS.flow, "to_each[2]: to: no number"), ("order-copy", "another event")]
        assert len(publications) == 4

    def test_it_is_found_by_its_reference_and_says_what_is_wrong(self) -> None:
        bad = Defect("f", Reason.BAD_NUMBER, "to: no number", "R12345")
        settlement = Settlement(EventOutcome.PARKED, (), (bad,))
        copy, told = PUBLICATIONS.about(delivery(), EVENT, settlement, NOW)
        assert isinstance(copy, ParkedCopy)
        assert isinstance(told, Notification)

        assert copy.message.properties["headers"]["x-smsherald-reference"] == "R12345"
        said = envelope(told)
        assert (said["subject"], said["data"]["reference"]) == ("R12345", "R12345")
        assert said["data"]["detail"] == "to: no number"

    def test_bytes_that_are_no_event_are_parked_without_one(self) -> None:
        settlement = Settlement(
            EventOutcome.PARKED, (), (Defect(None, Reason.NOT_JSON, "not UTF-8"),)
        )
        copy, told = PUBLICATIONS.about(delivery(message_id="m1"), None, settlement, NOW)
        assert isinstance(copy, ParkedCopy)
        assert isinstance(told, Notification)

        assert "x-smsherald-flow" not in copy.message.properties["headers"]
        assert envelope(told)["data"]["event"] == {"id": "m1", "routing_key": "order.created"}

    def test_two_unreadable_bodies_parked_at_once_have_two_ids(self) -> None:
        settlement = Settlement(
            EventOutcome.PARKED, (), (Defect(None, Reason.NOT_JSON, "not UTF-8"),)
        )
        ids = {
            envelope(it)["id"]
            for body in (b"one", b"two")
            for it in PUBLICATIONS.about(replace(delivery(), body=body), None, settlement, NOW)
            if isinstance(it, Notification)
        }

        assert len(ids) == 2

    def test_half_a_surrogate_pair_in_an_identity_is_no_error(self) -> None:
        event = replace(EVENT, identity=("amqp", "shop", "a\ud800"))
        settlement = Settlement(EventOutcome.PARKED, (), (Defect("f", Reason.BAD_NUMBER, "to"),))

        assert len(PUBLICATIONS.about(delivery(), event, settlement, NOW)) == 2

    def test_beside_a_publishers_headers_it_can_go_without_them(self) -> None:
        large = delivery(headers={"tenant": "a"})
        settlement = Settlement(EventOutcome.PARKED, (), (Defect("f", Reason.BAD_NUMBER, "to"),))
        (copy, _) = PUBLICATIONS.about(large, EVENT, settlement, NOW)
        assert isinstance(copy, ParkedCopy)

        assert copy.message.bare is not None
        assert set(copy.message.properties["headers"]) - set(copy.message.bare["headers"]) == {
            "tenant"
        }

    @pytest.mark.parametrize("part", ["a", "é", "\U0001f600", "\ud800", "\0", '"'])
    def test_without_a_publishers_headers_it_fits_whatever_anybody_wrote(self, part: str) -> None:
        forged = {
            "x-smsherald-routing-key": part * 50_000,
            "x-smsherald-exchange": part * 50_000,
            "x-smsherald-types": json.dumps([LONGEST_NAME * part] * 99),
            "x-smsherald-identity": json.dumps(["cloudevents", *2 * [part * LONGEST_PART]]),
            "x-smsherald-flow": part * 50_000,
            "x-smsherald-ledger": part * 50_000,
        }
        copied = replace(delivery(headers=forged), exchange="", routing_key="smsherald")
        detail = "x" * 10_000
        settlement = Settlement(EventOutcome.PARKED, (), (Defect(None, Reason.BAD_NUMBER, detail),))
        names = tuple(f"{number:02}" + 63 * "\U0001f600" for number in range(MOST))
        for event in (None, replace(EVENT, names=names)):
            (copy, _) = PUBLICATIONS.about(copied, event, settlement, NOW)
            assert isinstance(copy, ParkedCopy)
            bare = {"application_headers": copy.message.bare["headers"]}  # type: ignore[index]
            assert can_be_written(bare, FRAME_MAX // 2)

    def test_headers_that_no_copy_can_carry_are_left_out(self) -> None:
        table: dict[str, Any] = {}
        for _ in range(3000):
            table = {"a": table}
        settlement = Settlement(EventOutcome.PARKED, (), (Defect("f", Reason.BAD_NUMBER, "to"),))
        for value in (70_000 * "x", table):
            (copy, _) = PUBLICATIONS.about(delivery(headers={"a": value}), EVENT, settlement, NOW)
            assert isinstance(copy, ParkedCopy)

            assert "a" not in copy.message.properties["headers"]

    def test_what_is_deferred_too_is_not_parked_yet(self) -> None:
        publications = about(
            Parked(Reason.IDENTITY_CONFLICT, "another event"),
            Deferred(Reason.HELD, 1.0),
            outcome=EventOutcome.DEFERRED,
        )

        assert [type(it) for it in publications] == [RetryCopy]
