"""What the demo says of an event's texts, over all deliveries of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.cli.demo.endings import OfFlow, endings
from smsherald.cli.demo.fates import fates
from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    Duplicate,
    EventOutcome,
    Failed,
    OtherEvent,
    Outcome,
    Parked,
    Sent,
    Settlement,
    Skipped,
)
from smsherald.sandbox.publishing.progress import Fate
from smsherald.testing import an_sms
from support.examples import SMS_EVENT

SMS = an_sms(key="one", to="+15558675309")
OTHER = an_sms(key="other", to="+15558675310")
TO = "+15558675309"
SENT = Sent(SMS.asked, "SM1", "queued", 1.0)
FAILED = Failed(SMS.asked, Reason.BAD_RECIPIENT, 21614, 1.0, 1)
PAUSED = Deferred(Reason.PAUSED, None, tried=False)
DEFECT = Defect("order-created", Reason.MISSING_VALUE, "to: order.phone is missing")


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        (SENT, Fate("sent", "", TO, "SM1")),
        (FAILED, Fate("failed", "bad_recipient, Twilio's error 21614", TO)),
        (Skipped(SMS.asked, Reason.EXPIRED, 1.0, 1), Fate("skipped", "expired", TO)),
        (
            Duplicate(SENT, OtherEvent("E1", "B-2001")),
            Fate("duplicate", "sent before, for B-2001", TO, "SM1"),
        ),
        (
            Duplicate(SENT, OtherEvent("E1", None)),
            Fate("duplicate", "sent before, for E1", TO, "SM1"),
        ),
        (Duplicate(SENT), Fate("duplicate", "sent before", TO, "SM1")),
        (
            Duplicate(FAILED),
            Fate("duplicate", "failed before, bad_recipient, Twilio's error 21614", TO),
        ),
        (
            Parked(Reason.UNKNOWN_ACCOUNT, "no account 'x'"),
            Fate("parked", "unknown_account: no account 'x'", TO),
        ),
    ],
)
def test_a_text_ends(outcome: Outcome, fate: Fate) -> None:
    settlement = Settlement(EventOutcome.HANDLED, ((SMS, outcome),))

    assert fates(settlement, {}) == {"one": fate}


def test_an_event_of_which_no_flow_makes_a_text_is_ignored() -> None:
    assert fates(Settlement(EventOutcome.IGNORED), {}) == {
        "event": Fate("ignored", "no flow makes a text of it")
    }


def test_an_event_is_parked_with_its_reason() -> None:
    settlement = Settlement(EventOutcome.PARKED, defects=(DEFECT,))

    (fate,) = fates(settlement, {}).values()

    assert fate == Fate("parked", "missing_value: to: order.phone is missing")


class TestDeferred:
    """An event that comes again is told anew, and what had ended stays as it ended."""

    def test_a_text_that_waits_is_sent_later(self) -> None:
        deferred = Settlement(EventOutcome.DEFERRED, ((SMS, PAUSED),))
        waiting = fates(deferred, {})
        assert waiting == {"one": Fate("deferred", "paused", TO)}

        handled = Settlement(EventOutcome.HANDLED, ((SMS, SENT),))
        assert fates(handled, waiting) == {"one": Fate("sent", "", TO, "SM1")}

    def test_a_text_that_was_sent_is_no_duplicate_for_coming_again(self) -> None:
        first = fates(Settlement(EventOutcome.DEFERRED, ((SMS, SENT), (OTHER, PAUSED))), {})
        again = Settlement(EventOutcome.HANDLED, ((SMS, Duplicate(SENT)), (OTHER, SENT)))

        assert [it.word for it in fates(again, first).values()] == ["sent", "sent"]

    def test_what_will_be_parked_is_told_once_it_is(self) -> None:
        parked = Parked(Reason.UNKNOWN_ACCOUNT, "no account 'x'")
        waits = ((SMS, parked), (OTHER, PAUSED))
        first = fates(Settlement(EventOutcome.DEFERRED, waits, (DEFECT,)), {})
        assert [it.word for it in first.values()] == ["deferred"]

        results = ((SMS, parked), (OTHER, SENT))
        then = fates(Settlement(EventOutcome.PARKED, results, (DEFECT,)), first)
        assert [it.word for it in then.values()] == ["parked", "sent", "parked"]

    def test_an_event_deferred_itself_says_so_until_it_is_not(self) -> None:
        why = Deferred(Reason.NOT_MINE, 1.0)
        first = fates(Settlement(EventOutcome.DEFERRED, why=why), {})
        assert first == {"event": Fate("deferred", "not_mine")}

        handled = Settlement(EventOutcome.HANDLED, ((SMS, SENT),))
        assert [it.word for it in fates(handled, first).values()] == ["sent"]


class TestEndings:
    """A sample ends once for each flow that made something of it."""

    def test_two_flows_of_one_key_have_an_outcome_each(self) -> None:
        second = replace(OTHER, flow="second")
        settlement = Settlement(
            EventOutcome.HANDLED, ((SMS, SENT), (second, FAILED)), (replace(DEFECT, flow="third"),)
        )

        assert [(each.flow, each.outcome) for each in endings(settlement)] == [
            (SMS.flow, "sent"),
            ("second", "failed"),
            ("third", "parked"),
        ]

    def test_several_texts_of_one_flow_are_counted_by_outcome(self) -> None:
        texts = ((SMS, SENT), (OTHER, FAILED), (OTHER, SENT), (OTHER, SENT))

        assert endings(Settlement(EventOutcome.HANDLED, texts)) == [
            OfFlow(SMS.flow, "sent", "SM1, and 2 more"),
            OfFlow(SMS.flow, "failed", "bad_recipient, Twilio's error 21614"),
        ]

    def test_what_no_flow_made_anything_of_ends_as_a_whole(self) -> None:
        assert endings(Settlement(EventOutcome.IGNORED)) == [OfFlow(None, "ignored", "")]
        assert endings("unroutable") == [OfFlow(None, "unroutable", "no flow subscribes to it")]

    def test_what_is_published_says_where_to(self) -> None:
        settlement = Settlement(EventOutcome.HANDLED, published=(SMS_EVENT,))

        (ending,) = endings(settlement)
        assert ending == OfFlow(SMS_EVENT.flow, "published", SMS_EVENT.routing_key)
        (returned,) = endings(replace(settlement, returned=(SMS_EVENT,)))
        assert returned.outcome == "deferred"
