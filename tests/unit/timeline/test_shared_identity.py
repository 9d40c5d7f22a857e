"""Where one event's id is used for several orders, each outcome says whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.model import ParkedEntry, State
from smsherald.timeline import Known
from support.timelines import ENTRY, EVENT, FREE, NOW, SENT, SID, line, told

FIRST = replace(SENT, reference="R6001")
CONFLICT = replace(ENTRY, reference="R6002", reason="identity_conflict", detail="another body")
PARKED = line(
    again=None, outcome="parked", sms="parked", reason="identity_conflict", reference="R6002"
)


@pytest.mark.parametrize("lines", [[], [PARKED]])
def test_what_was_asked_for_comes_first_although_it_is_well(lines: list[object]) -> None:
    known = Known(rows=[FIRST], parked=[CONFLICT], lines=lines)  # type: ignore[arg-type]
    said = told(known, "R6001").sentence

    assert said.startswith(f"R6001: the SMS of order-created to •••09 is sent, as {SID}")
    assert (
        "; the same event id was also used for R6002: the event's part for order-created is parked"
    ) in said
    assert "outcomes" not in said


def test_from_the_other_side_it_is_the_other_way_round() -> None:
    said = told(Known(rows=[FIRST], parked=[CONFLICT], lines=[PARKED]), "R6002").sentence

    assert said.startswith("R6002: the event's part for order-created is parked since")
    assert "; the same event id was also used for R6001: the SMS of order-created to" in said


@pytest.mark.parametrize("wanted", [EVENT, "+1•••••••09"])
def test_by_event_each_says_its_reference(wanted: str) -> None:
    said = told(Known(rows=[FIRST], parked=[CONFLICT]), wanted).sentence

    assert "2 outcomes, the worst first" in said
    assert "(1) the event's part for order-created (reference R6002) is parked" in said
    assert "(2) the SMS of order-created to •••09 (reference R6001) is sent" in said


@pytest.mark.parametrize("wanted", [SID, FIRST.key, FIRST.key[:12]])
def test_by_what_is_one_outcomes_own_it_comes_first(wanted: str) -> None:
    said = told(Known(rows=[FIRST], parked=[CONFLICT]), wanted).sentence

    assert ": the SMS of order-created to •••09 (reference R6001) is sent" in said
    assert said.index("is sent") < said.index("also used for R6002")


def test_by_the_id_of_what_is_parked_that_comes_first() -> None:
    said = told(Known(rows=[FIRST], parked=[CONFLICT]), CONFLICT.id).sentence

    assert said.index("(reference R6002) is parked") < said.index("also used for R6001")


def test_what_is_put_off_of_one_is_not_said_of_the_other() -> None:
    put_off = line(reason="paused", reference="R6002")
    other = replace(FIRST, reference="R6003", event_digest="another", phone_tail="11", key="k")
    said = told(Known(rows=[FIRST, other], lines=[put_off]), "R6001").sentence

    assert "its event came again" not in said
    assert "also used for R6002: the SMS of order-created to +1•••••••09 was put off" in said
    assert "also used for R6003: the SMS of order-created to •••11 is sent" in said


def test_while_the_ledger_is_away_what_was_sent_is_known_beside_it() -> None:
    sent = line(at=NOW - 60, again=None, outcome="handled", sms="sent", sid=SID, reference="R6001")
    said = told(Known(lines=[sent, PARKED]), "R6001").sentence

    assert said.startswith("R6001: the SMS of order-created to +1•••••••09 was sent by")
    assert "also used for R6002" in said


def test_one_event_whose_flows_make_several_references_is_no_conflict() -> None:
    invoice = replace(SENT, reference="I1", flow="invoice", key="k", state=State.FAILED)
    said = told(Known(rows=[SENT, invoice])).sentence

    assert said.startswith("R12345: the SMS of order-created to •••09 is sent")
    assert "; the same event also stands for I1: the SMS of invoice to •••09 failed" in said
    assert "also used" not in said


def test_the_steps_say_it_too() -> None:
    steps = [it.text for it in told(Known(rows=[FIRST], parked=[CONFLICT]), "R6001").steps]

    assert "parked for order-created (reference R6002): identity_conflict: another body" in steps
    assert not any("R6001" in step for step in steps)


def test_outcomes_are_in_the_order_of_the_sentence() -> None:
    waits = replace(FREE, reference="R6001", flow="invoice", key="f")
    put_off = line(reason="not_taken", twilio_code=20500, flow="invoice", reference="R6001")
    known = Known(rows=[FIRST, waits], parked=[CONFLICT], lines=[put_off])
    first, second, third = told(known, "R6001").outcomes

    assert (first.flow, first.state, first.reason, first.code) == (
        "invoice",
        "free",
        "not_taken",
        20500,
    )
    assert (first.until, first.sid, first.parked_id) == (NOW + 20, None, None)
    assert (second.state, second.sid, second.reference) == ("sent", SID, "R6001")
    assert (third.state, third.reason, third.parked_id, third.key) == (
        "parked",
        "identity_conflict",
        CONFLICT.id,
        None,
    )
    assert told(Known()).outcomes == ()


def many(number: int) -> ParkedEntry:
    return replace(CONFLICT, id=f"{number:010}", reference=f"R7{number:03}")


def test_of_many_others_the_last_are_counted() -> None:
    said = told(Known(rows=[FIRST], parked=[many(it) for it in range(20)]), "R6001").sentence

    assert said.endswith("; and of more references, 16 parked.")
