"""What is shown at one glance: bounded, and nothing whole that is somebody's."""

from __future__ import annotations

import json
from typing import Any

from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    EventOutcome,
    Line,
    Outcome,
    Settlement,
    Unfinished,
)
from smsherald.observe.recent import MINUTES, Recent
from smsherald.web.glance import LINES, PARTS, WORDS, glance
from support.examples import SENT, SMS

NOW = 60_000.0
PUT_OFF = Deferred(Reason.UNKNOWN, 30.0)


def line(event_id: str, at: float = NOW, **fields: Any) -> Line:
    return Line(at, {"outcome": "handled", "event_id": event_id, **fields}, "message")


def settlement(outcome: EventOutcome, *outcomes: Outcome, **more: Any) -> Settlement:
    return Settlement(outcome, tuple((SMS, each) for each in outcomes), **more)


HANDLED = settlement(EventOutcome.HANDLED, SENT)


def test_of_nothing_it_has_every_word_and_every_flow() -> None:
    seen = glance(Recent(), ["mine"], None, NOW)

    assert seen["unfinished"] is None
    assert seen["last_events"] == []
    assert (seen["deferred"], seen["deferred_by_flow"]) == ({}, {})
    assert list(seen["last_hour"]) == [*WORDS, "ignored"]
    assert seen["last_hour"]["sent"] == [0] * MINUTES
    assert seen["flow_outcomes"] == {"mine": dict.fromkeys(WORDS, 0)}


def test_each_minute_and_each_flow_has_what_became_of_its_smses() -> None:
    recent = Recent()
    recent.settled(line("e1", NOW - 60), HANDLED)
    recent.settled(line("e2"), settlement(EventOutcome.DEFERRED, PUT_OFF, SENT))
    defects = (
        Defect("mine", Reason.MISSING_VALUE, "to: it is missing"),
        Defect(None, Reason.POISON, ""),
    )
    recent.settled(line("e3"), Settlement(EventOutcome.PARKED, (), defects))
    seen = glance(recent, [SMS.flow, "mine"], Unfinished(1, {"poison": 2}, 3), NOW)

    assert seen["last_hour"]["sent"][-2:] == [1, 1]
    assert seen["last_hour"]["parked"][-1] == 2
    assert (
        seen["flow_outcomes"][SMS.flow] | {"sent": 2, "deferred": 1}
        == seen["flow_outcomes"][SMS.flow]
    )
    assert seen["flow_outcomes"]["mine"]["parked"] == 1
    assert seen["unfinished"] == {"held": 1, "parked": {"poison": 2}, "outbox": 3}


def test_an_event_has_only_what_is_shown_of_it() -> None:
    recent = Recent()
    smses = [{"flow": "mine", "sms": "sent", "account": "a", "to": "+1••09", "text_length": 5}]
    smses += [{"flow": "mine", "sms": "parked", "reason": Reason.POISON} for _ in range(PARTS)]
    recent.settled(line("e1", routing_key="a.b", attempt=1, duration_ms=1.0, smses=smses), HANDLED)
    (event,) = glance(recent, [], None, NOW)["last_events"]

    assert event["more"] == 1
    assert event["parts"][0] == {"flow": "mine", "sms": "sent", "to": "+1••09"}
    assert len(event["parts"]) == PARTS
    assert {key for key in event if key not in {"parts", "more"}} == {
        *("at", "outcome", "again", "times", "event_id", "routing_key", "attempt")
    }
    assert json.loads(json.dumps(event))["parts"][1]["reason"] == "poison"


def test_it_is_no_larger_however_much_there_was() -> None:
    recent = Recent()
    for number in range(10 * LINES):
        recent.settled(line(f"e{number}"), HANDLED)
    events = glance(recent, [], None, NOW)["last_events"]

    assert [event["event_id"] for event in events[:2]] == [
        f"e{10 * LINES - 1}",
        f"e{10 * LINES - 2}",
    ]
    assert len(events) == LINES


def test_what_is_listed_as_parked_never_says_more_than_the_queue_has() -> None:
    counted = Unfinished(0, {"poison": 2}, 0)
    seen = [
        glance(Recent(), [], counted, NOW, parked)["unfinished"]["parked"]
        for parked in (None, 3, 2, 1, 0)
    ]

    assert seen == [{"poison": 2}, {"poison": 2}, {"poison": 2}, {}, {}]
