"""What is kept for a person who asks: bounded, and true."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    Duplicate,
    EventOutcome,
    Line,
    Outcome,
    Parked,
    Settlement,
)
from smsherald.observe import recent as module
from smsherald.observe.recent import LINES, MINUTES, Recent
from support.examples import SENT, SMS

DEFERRED = Deferred(Reason.UNKNOWN, 30.0)
PARKED = Parked(Reason.POISON, "it is")
DEFECT = Defect("order-created", Reason.MISSING_VALUE, "to: it is missing")


def line(event_id: str | None = "e1", at: float = 0.0, **fields: Any) -> Line:
    return Line(at, {"outcome": "handled", "event_id": event_id, **fields}, "message")


def settlement(outcome: EventOutcome, *outcomes: Outcome, **more: Any) -> Settlement:
    return Settlement(outcome, tuple((SMS, each) for each in outcomes), **more)


HANDLED = settlement(EventOutcome.HANDLED, SENT)
PUT_OFF = settlement(EventOutcome.DEFERRED, DEFERRED)


def test_the_newest_line_comes_first_and_the_oldest_are_forgotten() -> None:
    recent = Recent()
    for number in range(LINES + 5):
        recent.settled(line(f"e{number}"), HANDLED)

    assert [each.event_id for each in recent.lines(2)] == [f"e{LINES + 4}", f"e{LINES + 3}"]
    assert len(recent.lines()) == LINES
    assert recent.count == LINES + 5
    assert not recent.about("e4")


def test_a_line_is_found_by_event_id_by_any_reference_and_by_any_sid() -> None:
    recent = Recent()
    parts = [{"reference": "R1", "sid": "SM1"}, {"reference": "R2", "reason": "unknown"}]
    both = line("e1", smses=parts)
    one = line("e2", reference="R3", sid="SM3")
    for each in (both, one):
        recent.settled(each, HANDLED)

    for wanted in ("e1", "R1", "R2", "SM1"):
        assert recent.about(wanted) == [both]
    for wanted in ("e2", "R3", "SM3"):
        assert recent.about(wanted) == [one]
    assert recent.about("R") == []


def test_what_was_put_off_is_known_until_it_comes_again_however_many_others_come() -> None:
    recent = Recent()
    first = line("e1", reason="unknown")
    recent.settled(first, PUT_OFF)
    recent.settled(line("e2", smses=[{"sid": "SM1"}, {"reason": "paused"}]), PUT_OFF)
    for number in range(LINES):
        recent.settled(line(f"other {number}"), HANDLED)
    assert recent.put_off == {"unknown": 1, "paused": 1}
    assert recent.about("e1") == [first]

    recent.settled(line("e1", at=5), HANDLED)

    assert recent.put_off == {"paused": 1}
    assert [each.at for each in recent.about("e1")] == [5]


def test_an_event_of_many_smses_counts_for_as_many() -> None:
    recent = Recent()
    for event_id in ("e1", "e2"):
        parts = [{"reference": f"{event_id}-{number}"} for number in range(module.PUT_OFF)]
        recent.settled(line(event_id, smses=parts), PUT_OFF)

    assert [each.event_id for each in recent.lines()] == ["e2"]
    assert recent.about("e1") == []
    assert [each.event_id for each in recent.about("e2-7")] == ["e2"]


def test_what_told_events_apart_is_counted_by_routing_key() -> None:
    recent = Recent()
    came = [
        ("order.paid", "body", "e1"),
        ("order.paid", "body", "e2"),
        ("order.new", "message", "e3"),
    ]
    # One comes again, and what it is does not count twice.
    for key, rule, event_id in (*came, came[0]):
        fields = {"outcome": "handled", "routing_key": key, "event_id": event_id}
        recent.settled(Line(0.0, fields, rule), HANDLED)
    recent.settled(Line(0.0, {"outcome": "parked", "routing_key": "order.paid"}, None), HANDLED)

    assert recent.identities == {"order.paid": {"body": 2}, "order.new": {"message": 1}}


def test_it_is_known_by_flow_too_and_what_of_it_ended_is_not_counted() -> None:
    recent = Recent()
    parts = [{"flow": "a", "sms": "deferred"}, {"flow": "b", "sms": "sent"}]
    recent.settled(line("e1", smses=parts), PUT_OFF)
    recent.settled(line("e2", flow="a", sms="deferred"), PUT_OFF)

    assert recent.put_off_by_flow == {"a": 2}


def test_of_what_was_put_off_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PUT_OFF", 2)
    monkeypatch.setattr(module, "LINES", 1)
    recent = Recent()
    for number in range(4):
        recent.settled(line(f"e{number}", reason="unknown"), PUT_OFF)

    assert recent.put_off == {"unknown": 2}


@pytest.mark.parametrize(
    ("settled", "words"),
    [
        (HANDLED, {"sent": 1}),
        (settlement(EventOutcome.HANDLED, SENT, Duplicate(SENT)), {"sent": 1, "duplicate": 1}),
        (settlement(EventOutcome.IGNORED), {"ignored": 1}),
        (PUT_OFF, {"deferred": 1}),
        (settlement(EventOutcome.DEFERRED, why=DEFERRED), {"deferred": 1}),
        (settlement(EventOutcome.PARKED, PARKED), {"parked": 1}),
        (settlement(EventOutcome.PARKED, SENT, defects=(DEFECT, DEFECT)), {"sent": 1, "parked": 2}),
        (settlement(EventOutcome.DEFERRED, DEFERRED, defects=(DEFECT,)), {"deferred": 1}),
    ],
)
def test_an_outcome_is_counted_by_its_word(settled: Settlement, words: dict[str, int]) -> None:
    recent = Recent()
    recent.settled(line(at=120), settled)

    assert recent.hour(now=179)[-1] == words


def test_an_hour_of_minutes_is_kept_those_without_an_event_too() -> None:
    recent = Recent()
    for minute in (0, 1, 3, MINUTES):
        recent.settled(line(at=60.0 * minute), HANDLED)

    hour = recent.hour(now=60.0 * MINUTES + 59)
    assert len(hour) == MINUTES
    assert [number for number, minute in enumerate(hour, 1) if minute] == [1, 3, MINUTES]
    assert not any(recent.hour(now=1e6))


class TestPutOffAgain:
    """An event that is put off again for the same reason has one line among the last."""

    def test_few_of_them_push_out_no_other(self) -> None:
        recent = Recent()
        recent.settled(line("other"), HANDLED)
        for number in range(3 * LINES):
            recent.settled(line(f"held {number % 2}", at=number, reason="held"), PUT_OFF)

        assert [each.event_id for each in recent.lines()] == ["held 1", "held 0", "other"]
        latest = recent.lines()[0]
        assert (latest.times, latest.since, latest.at) == (3 * LINES // 2, 1, 3 * LINES - 1)
        assert recent.about("held 1") == [latest]
        assert recent.count == 3 * LINES + 1

    def test_another_reason_and_another_reference_have_their_own(self) -> None:
        recent = Recent()
        for reason, reference in (("held", "R1"), ("held", "R2"), ("not_taken", "R2")):
            recent.settled(line("e1", reason=reason, reference=reference), PUT_OFF)
        recent.settled(line("e1", at=5), HANDLED)

        assert [each.times for each in recent.about("e1")] == 4 * [1]

    def test_one_that_was_pushed_out_is_counted_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LINES", 2)
        recent = Recent()
        for _ in range(3):
            recent.settled(line("held", smses=[{"reason": "held"}]), PUT_OFF)
            for number in range(4):
                recent.settled(line(f"other {number}"), HANDLED)

        assert [each.times for each in recent.about("held")] == [3]
        assert [each.event_id for each in recent.lines()] == ["other 3", "other 2"]
