"""Where another event has made the SMS, each event says what became of it."""

from __future__ import annotations

from dataclasses import replace

from smsherald.timeline import Known
from support.timelines import EVENT, NOW, SENT, SID, line, told

FIRST_FAILED = line(
    at=NOW - 300, again=None, outcome="handled", sms="failed", reason="geo", twilio_code=21408
)
OF_THE_SECOND = replace(SENT, event_id="paid", event_digest="another")
DUPLICATE = line(
    again=None, outcome="handled", sms="duplicate", earlier="sent", sid=SID, event_id="paid"
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


def test_the_event_that_came_second_is_a_duplicate_of_the_row() -> None:
    timeline = told(Known(rows=[SENT], lines=[DUPLICATE]), "R12345")

    assert "of event paid, the SMS of order-created to +1•••••••09 was sent by" in timeline.sentence
    assert f"as {SID}, and nothing is sent again" in timeline.sentence
    assert timeline.steps[-1].text == "the SMS of order-created to +1•••••••09: duplicate"


def test_of_one_event_the_row_says_what_a_line_would() -> None:
    same = replace(DUPLICATE, fields={**DUPLICATE.fields, "event_id": EVENT})

    steps = told(Known(rows=[SENT], lines=[same]), "R12345").steps

    assert not any("duplicate" in step.text for step in steps)
