"""Where another event has made the SMS, each event says what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.timeline import Known
from support.timelines import EVENT, NOW, SENT, SID, line, told

FIRST_FAILED = line(
    at=NOW - 300, again=None, outcome="handled", sms="failed", reason="geo", twilio_code=21408
)
OF_THE_SECOND = replace(SENT, event_id="paid", event_digest="another")
DUPLICATE = line(
    again=None,
    outcome="handled",
    sms="duplicate",
    earlier="sent",
    earlier_event_id=EVENT,
    earlier_reference="R12345",
    sid=SID,
    event_id="paid",
    reference="R12345-paid",
)


def test_the_event_whose_row_another_has_taken_failed() -> None:
    timeline = told(Known(rows=[OF_THE_SECOND], lines=[FIRST_FAILED]), "R12345")

    assert f"of event {EVENT}, the SMS of order-created to +1•••••••09 was failed by" in (
        timeline.sentence
    )
    assert f"of event paid, the SMS of order-created to •••09 is sent, as {SID}" in (
        timeline.sentence
    )
    steps = [step.text for step in timeline.steps]
    assert steps[0] == "the SMS of order-created to +1•••••••09: failed, geo, 21408"
    assert "is claimed (event paid, order.created; account default)" in steps[1]


NOT_TEXTED = (
    "the SMS of order-created to +1•••••••09 was not texted for this event: `once` says that this "
    f"number is texted once, and event {EVENT} (reference R12345) had it, sent by 2025-06-15 "
    f"15:06:32 UTC (8 s ago), as {SID}; `smsherald why R12345` says more"
)


@pytest.mark.parametrize("by", ["R12345-paid", "paid"])
def test_the_event_that_came_second_was_not_texted_as_the_daemon_alone_knows(by: str) -> None:
    timeline = told(Known(lines=[DUPLICATE]), by)

    beside = "" if by == "R12345-paid" else " (reference R12345-paid)"
    assert timeline.sentence == f"{by}: {NOT_TEXTED.replace(' was', f'{beside} was', 1)}."
    (outcome,) = timeline.outcomes
    assert (outcome.state, outcome.sid, outcome.key) == ("duplicate", SID, None)
    assert timeline.steps[-1].text == (
        f"the SMS of order-created to +1•••••••09{beside}: duplicate, event {EVENT} has its text "
        "(`once`)"
    )


def test_both_events_are_told_of_where_the_message_is_asked_for() -> None:
    sentence = told(Known(rows=[SENT], lines=[DUPLICATE]), SID).sentence

    assert f"of event {EVENT}, the SMS of order-created to •••09 (reference R12345) is sent" in (
        sentence
    )
    assert (
        "of event paid, the SMS of order-created to +1•••••••09 (reference R12345-paid) was "
        in (sentence)
    )


def test_of_two_events_with_one_reference_the_other_is_asked_for_by_its_id() -> None:
    same = replace(DUPLICATE, fields={**DUPLICATE.fields, "reference": "R12345"})

    sentence = told(Known(rows=[SENT], lines=[same]), "R12345").sentence

    assert f"`smsherald why {EVENT}` says more" in sentence
    assert f"of event {EVENT}, the SMS of order-created to •••09 is sent, as {SID}" in sentence


def test_what_was_only_tried_out_is_not_said_to_be_sent() -> None:
    fields = {**DUPLICATE.fields, "earlier": "skipped", "reason": "shadow"}
    del fields["sid"]

    sentence = told(Known(lines=[replace(DUPLICATE, fields=fields)]), "paid").sentence

    assert "(reference R12345) had it, skipped by 2025-06-15 15:06:32 UTC (8 s ago), shadow;" in (
        sentence
    )


def test_a_text_of_its_own_to_a_number_alike_takes_nothing_of_it_away() -> None:
    own = replace(SENT, event_id="paid", reference="R12345-paid", sid="SM" + 32 * "1")

    timeline = told(Known(rows=[own], lines=[DUPLICATE]), "R12345-paid")

    assert NOT_TEXTED in timeline.sentence
    assert f"is sent, as {own.sid}" in timeline.sentence
    assert any("has its text (`once`)" in step.text for step in timeline.steps)


def test_that_its_event_came_again_is_said_too() -> None:
    again = line(event_id="paid", reference="R12345-paid", reason="not_mine")
    asked_of_the_daemon = Known(lines=[replace(DUPLICATE, at=NOW - 90), again])

    sentence = told(asked_of_the_daemon, "paid").sentence

    assert "was not texted for this event" in sentence
    assert "its event came again, put off at" in sentence


def test_of_one_event_the_row_says_what_a_line_would() -> None:
    same = line(again=None, outcome="handled", sms="duplicate", earlier="sent", sid=SID)

    steps = told(Known(rows=[SENT], lines=[same]), "R12345").steps

    assert not any("duplicate" in step.text for step in steps)
