"""The line that every event leaves: complete, and discreet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    Duplicate,
    Event,
    EventOutcome,
    Failed,
    OtherEvent,
    Outcome,
    Parked,
    Settlement,
    Skipped,
)
from smsherald.observe.event_line import event_line
from support.examples import ASKED, EVENT, SENT, SMS, SMS_EVENT, an_sms

SKIPPED = Skipped(ASKED, Reason.EXPIRED, at=0, claim_number=1)
FAILED = Failed(ASKED, Reason.BAD_RECIPIENT, code=21614, at=0, claim_number=1)


def line(
    outcome: EventOutcome,
    outcomes: Sequence[Outcome] = (),
    defects: Sequence[Defect] = (),
    event: Event | None = EVENT,
) -> dict[str, Any]:
    """Return the fields of the one line."""
    settlement = Settlement(outcome, tuple((SMS, o) for o in outcomes), tuple(defects))
    with capture_logs() as lines:
        event_line(
            structlog.get_logger(),
            event,
            settlement,
            routing_key="as.delivered",
            duration=0.0123,
            age=None if event is None else 1.5,
        )
    assert len(lines) == 1
    return dict(lines[0])


def test_an_event_of_one_sms_has_all_in_the_line_itself() -> None:
    assert line(EventOutcome.HANDLED, [SENT]) == {
        "event": "event",
        "log_level": "info",
        "outcome": "handled",
        "event_id": EVENT.id,
        "routing_key": "order.created",
        "attempt": 0,
        "flow": "order-created",
        "sms": "sent",
        "account": "default",
        "to": "+1•••••••09",
        "text_length": 34,
        "reference": "R12345",
        "sid": "SM" + "0" * 32,
        "duration_ms": 12.3,
        "age_ms": 1500.0,
    }


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (SKIPPED, {"sms": "skipped", "reason": "expired"}),
        (FAILED, {"sms": "failed", "reason": "bad_recipient", "twilio_code": 21614}),
        (replace(FAILED, code=None), {"sms": "failed", "reason": "bad_recipient"}),
        (Duplicate(SENT), {"sms": "duplicate", "earlier": "sent", "sid": "SM" + "0" * 32}),
        (
            Duplicate(SENT, OtherEvent("E1", "R1")),
            {
                "sms": "duplicate",
                "earlier": "sent",
                "earlier_event_id": "E1",
                "earlier_reference": "R1",
                "sid": "SM" + "0" * 32,
            },
        ),
        (
            Duplicate(SKIPPED, OtherEvent("E1", None)),
            {
                "sms": "duplicate",
                "earlier": "skipped",
                "earlier_event_id": "E1",
                "reason": "expired",
            },
        ),
        (Duplicate(SKIPPED), {"sms": "duplicate", "earlier": "skipped", "reason": "expired"}),
        (
            Parked(Reason.IDENTITY_CONFLICT, "another body"),
            {"sms": "parked", "reason": "identity_conflict", "detail": "another body"},
        ),
        (
            Deferred(Reason.RATE_LIMITED, 2.04),
            {"sms": "deferred", "reason": "rate_limited", "wait_s": 2.0},
        ),
        (Deferred(Reason.UNKNOWN, None), {"sms": "deferred", "reason": "unknown"}),
        (
            Deferred(Reason.UNKNOWN, None, failure="timeout"),
            {"sms": "deferred", "reason": "unknown", "failure": "timeout"},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_every_outcome_says_what_and_why(outcome: Outcome, expected: dict[str, Any]) -> None:
    fields = line(EventOutcome.HANDLED, [outcome])
    other = ("earlier_event_id", "earlier_reference")
    about = (
        "sms",
        "earlier",
        *other,
        "reason",
        "detail",
        "twilio_code",
        "failure",
        "wait_s",
        "sid",
    )

    assert {name: fields[name] for name in about if name in fields} == expected


def test_several_smses_are_a_list() -> None:
    fields = line(EventOutcome.HANDLED, [SENT, SKIPPED])

    assert [(sms["flow"], sms["sms"]) for sms in fields["smses"]] == [
        ("order-created", "sent"),
        ("order-created", "skipped"),
    ]
    assert "flow" not in fields


def published(*, routed: bool) -> dict[str, Any]:
    """Return the one line of an event of which a flow publishes an SMS event."""
    settlement = (
        Settlement(EventOutcome.HANDLED, published=(SMS_EVENT,))
        if routed
        else Settlement(
            EventOutcome.DEFERRED,
            why=Deferred(Reason.UNROUTABLE, None),
            published=(SMS_EVENT,),
            returned=(SMS_EVENT,),
        )
    )
    log = structlog.get_logger()
    with capture_logs() as lines:
        event_line(log, EVENT, settlement, routing_key="as.delivered", duration=0.01, age=1.5)
    return dict(lines[0])


def test_what_is_published_in_place_of_an_sms_says_where_it_went() -> None:
    fields = published(routed=True)
    about = ("flow", "sms", "to", "published", "reference")

    assert (fields["outcome"], fields["log_level"]) == ("handled", "info")
    assert fields["routing_key"] == EVENT.routing_key
    assert {name: fields[name] for name in about} == {
        "flow": "order-texts",
        "sms": "published",
        "to": "+1•••••••09",
        "published": "sms.requested",
        "reference": "R12345",
    }
    assert "reason" not in fields


def test_what_no_queue_takes_is_a_warning() -> None:
    fields = published(routed=False)

    assert (fields["outcome"], fields["log_level"]) == ("deferred", "warning")
    assert (fields["sms"], fields["reason"]) == ("deferred", "unroutable")
    assert (fields["flow"], fields["published"]) == ("order-texts", "sms.requested")


def test_a_flow_that_could_make_no_sms_stands_beside_those_that_could() -> None:
    defect = Defect("other", Reason.BAD_NUMBER, "to: no number")
    fields = line(EventOutcome.PARKED, [SENT], [defect])

    assert fields["smses"][1] == {
        "flow": "other",
        "sms": "parked",
        "reason": "bad_number",
        "detail": "to: no number",
    }


def test_bytes_that_are_no_event_have_a_line_too() -> None:
    defect = Defect(None, Reason.NOT_JSON, "byte 3")

    assert line(EventOutcome.PARKED, defects=[defect], event=None) == {
        "event": "event",
        "log_level": "warning",
        "outcome": "parked",
        "routing_key": "as.delivered",
        "reason": "not_json",
        "detail": "byte 3",
        "duration_ms": 12.3,
    }


def test_an_event_that_no_flow_wants_has_a_short_line() -> None:
    assert line(EventOutcome.IGNORED) == {
        "event": "event",
        "log_level": "info",
        "outcome": "ignored",
        "event_id": EVENT.id,
        "routing_key": "order.created",
        "attempt": 0,
        "duration_ms": 12.3,
        "age_ms": 1500.0,
    }


@pytest.mark.parametrize(
    ("outcome", "outcomes", "level"),
    [
        (EventOutcome.HANDLED, [SENT], "info"),
        (EventOutcome.HANDLED, [SKIPPED], "info"),
        (EventOutcome.HANDLED, [SENT, FAILED], "warning"),
        (EventOutcome.DEFERRED, [Deferred(Reason.UNKNOWN, None)], "info"),
        (EventOutcome.DEFERRED, [Deferred(Reason.PAUSED, 5.0)], "info"),
        (EventOutcome.DEFERRED, [Deferred(Reason.PAUSED, 60.0, 20003)], "warning"),
        (EventOutcome.DEFERRED, [Deferred(Reason.HELD, 60.0)], "warning"),
        (EventOutcome.PARKED, [SENT, Parked(Reason.IDENTITY_CONFLICT, "")], "warning"),
    ],
    ids=["sent", "skipped", "failed", "deferred", "our own pause", "refused", "held", "parked"],
)
def test_what_a_person_should_see_is_a_warning(
    outcome: EventOutcome, outcomes: list[Outcome], level: str
) -> None:
    assert line(outcome, outcomes)["log_level"] == level


def test_neither_number_nor_text_is_shown() -> None:
    every: list[Outcome] = [SENT, SKIPPED, FAILED, Duplicate(SENT), Deferred(Reason.HELD, 1)]

    shown = repr(line(EventOutcome.DEFERRED, every))
    assert "5558675309" not in shown
    assert "we have your order" not in shown
    assert "order-created" in shown


def test_an_sms_without_reference_has_no_such_field() -> None:
    settlement = Settlement(EventOutcome.HANDLED, ((an_sms(reference=None), SENT),))
    with capture_logs() as lines:
        event_line(structlog.get_logger(), EVENT, settlement, routing_key="", duration=0, age=0)

    assert "reference" not in lines[0]


def test_every_field_is_documented_and_every_documented_one_is_there() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    table = page.partition("| Field | Meaning |")[2].partition("\n\n")[0]
    documented = {
        name
        for first in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", first)
    }

    every: list[Outcome] = [
        SENT,
        FAILED,
        Duplicate(SENT, OtherEvent("E1", "R1")),
        Deferred(Reason.RATE_LIMITED, 1, failure="http_429"),
    ]
    lines = [line(EventOutcome.HANDLED, [outcome]) for outcome in every]
    lines += [
        line(EventOutcome.HANDLED, every),
        line(EventOutcome.PARKED, [Parked(Reason.IDENTITY_CONFLICT, "x")]),
        published(routed=True),
    ]
    assert set().union(*lines) - {"event", "log_level"} == documented
