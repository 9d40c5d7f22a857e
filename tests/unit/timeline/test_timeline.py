"""What became of an event ends in one true sentence, whatever is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from smsherald.errors import Foreign, Reason, Standing
from smsherald.model import Cause, Line, ParkedEntry, Pause, Row, Scope, State, Target
from smsherald.testing import a_row
from smsherald.timeline import Known, Timeline, tell

NOW = 1_750_000_000.0
SID = "SM" + 32 * "0"
EVENT = a_row().event_id
SENDING = a_row()
SENT = a_row(
    state=State.SENT,
    sid=SID,
    result={"status": "queued"},
    since=NOW - 200,
    claimed_at=NOW - 200,
    ended_at=NOW - 180,
    notified_at=NOW - 179,
)
FAILED = replace(SENT, state=State.FAILED, sid=None, result={"reason": "geo", "code": 21408})
SKIPPED = replace(SENT, state=State.SKIPPED, sid=None, result={"reason": "expired"})
FREE = a_row(state=State.FREE)
ALL = Pause(Target(Scope.ALL), Cause.OPERATOR, "a wrong price", NOW - 60, who="ann")
OWN = Pause(Target(Scope.ACCOUNT, "default"), Cause.REFUSED, "20003", NOW - 60, probe=NOW + 40)


def line(at: float = NOW - 8, again: float | None = NOW + 20, **fields: Any) -> Line:
    said = {
        "outcome": "deferred",
        "event_id": EVENT,
        "routing_key": "order.created",
        "flow": "order-created",
        "sms": "deferred",
        "account": "default",
        "to": "+1•••••••09",
        "reference": "R12345",
        **fields,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return Line(at, known, "request", again)


PARKED = line(
    again=None,
    outcome="parked",
    sms="parked",
    reason="missing_value",
    detail="to: order.phone is missing",
    to=None,
)
ENTRY = ParkedEntry(
    "4be0b2a51c", EVENT, "order.created", "order-created", "bad_number", "to", "R12345", NOW - 50
)


@dataclass
class Case:
    """What is known, and what the sentence says of it."""

    known: Known
    says: Sequence[str]
    says_not: Sequence[str] = ()


SITUATIONS = {
    "sent and told": Case(
        Known(rows=[SENT]),
        [
            (
                "R12345: the SMS of order-created to •••09 is sent: Twilio took it at 2025-06-15 "
                f"15:03:40 UTC (3 min ago) as {SID}; sms.sent is told."
            )
        ],
    ),
    "sent, not told": Case(
        Known(rows=[replace(SENT, notified_at=None)]), [f"as {SID}; sms.sent is not told yet"]
    ),
    "sent twice": Case(
        Known(rows=[replace(SENT, second_sids=("SM1",))]), ["and 1 more: it went out twice"]
    ),
    "failed": Case(
        Known(rows=[FAILED]),
        [
            "failed at",
            "geo, Twilio's 21408",
            "`smsherald explain 21408` says what to do",
            "is told",
        ],
    ),
    "failed without a code": Case(
        Known(rows=[replace(FAILED, result={"reason": "geo"}, notified_at=None)]),
        ["`smsherald explain geo`", "sms.failed is not told yet"],
    ),
    "skipped": Case(
        Known(rows=[SKIPPED]), ["was skipped at", "expired", "`smsherald explain expired`"]
    ),
    "parked by a flow, as a daemon remembers": Case(
        Known(lines=[PARKED]),
        [
            (
                "the event's part for order-created was parked at 2025-06-15 15:06:32 UTC "
                "(8 s ago): "
                "missing_value: to: order.phone is missing; unless somebody has brought it again"
            ),
            "`smsherald parked replay --reference R12345`.",
        ],
    ),
    "parked by a flow, as the ledger lists": Case(
        Known(parked=[ENTRY], lines=[PARKED]),
        ["is parked since", "bad_number: to; mend the flow or the event, then `smsherald parked"],
        ["unless", "outcomes"],
    ),
    "parked by decode": Case(
        Known(parked=[replace(ENTRY, event_id=None, flow=None, reason="not_json")]),
        ["could not be read as an event (not_json: to): look at it with `smsherald parked show 4"],
    ),
    "parked by the broker": Case(
        Known(parked=[replace(ENTRY, routing_key=None, flow=None, reason="delivery_limit")]),
        ["nobody knows its routing key, so it cannot be brought again", "drop 4be0b2a51c`."],
    ),
    "parked no more": Case(
        Known(lines=[PARKED], parked=[]),
        ["missing; by the ledger's list it is parked no more: somebody has brought it again"],
        ["waits for a person"],
    ),
    "sending, in its quarantine": Case(
        Known(rows=[SENDING], lines=[line(reason="unknown", failure="timeout")]),
        [
            "is under way: Twilio may have been asked at",
            "(timeout)",
            "left alone until 2025-06-15 15:08:10 UTC (in 2 min), then looked up",
        ],
    ),
    "sending, past its quarantine": Case(
        Known(rows=[replace(SENDING, since=NOW - 150, claimed_at=NOW - 150)]),
        ["its quarantine is over", "or soon after 2025-06-15 15:07:30 UTC (in 50 s)"],
    ),
    "sending for longer than it should": Case(
        Known(rows=[replace(SENDING, since=NOW - 500, claimed_at=NOW - 500)]),
        ["should have been looked up since", f"resolve {SENDING.key[:12]} --free`"],
    ),
    "held": Case(
        Known(rows=[replace(SENDING, state=State.HELD)]),
        [
            "is held: nobody knows whether Twilio took it",
            f"`smsherald ledger resolve {SENDING.key[:12]} --sent SID`",
        ],
    ),
    "deferred in a retry queue with a row": Case(
        Known(rows=[FREE], lines=[line(reason="not_taken", twilio_code=20500)]),
        [
            (
                "was put off at 2025-06-15 15:06:32 UTC (8 s ago): Twilio certainly did not "
                "take it "
                "(not_taken, Twilio's 20500); it comes again at 2025-06-15 15:07:00 UTC (in 20 s)."
            )
        ],
    ),
    "the same, late": Case(
        Known(rows=[FREE], lines=[line(again=NOW - 5, reason="not_taken")]),
        ["it is in the queue again since", "`smsherald status`"],
    ),
    "the same, as the ledger alone knows": Case(
        Known(rows=[FREE], by_daemon=False),
        [
            "Twilio does not have it: it goes out if its event comes again",
            "the ledger's word alone",
        ],
    ),
    "looked up in vain": Case(
        Known(rows=[replace(FREE, in_vain=5)]), ["its event is parked (poison)"]
    ),
    "paused before any claim, daemon running": Case(
        Known(lines=[line(reason="paused")], pauses=[ALL]),
        [
            (
                "R12345: the SMS of order-created to +1•••••••09 is not sent yet, since everything "
                "is paused by ann since 2025-06-15 15:05:40 UTC: a wrong price (`smsherald resume "
                "--all` "
                "ends that); it comes again at 2025-06-15 15:07:00 UTC (in 20 s)."
            )
        ],
    ),
    "paused by Twilio's refusal": Case(
        Known(lines=[line(reason="paused")], pauses=[OWN]),
        ["since Twilio refuses account default: 20003; next probe in 40 s; it comes again"],
        ["resume"],
    ),
    "paused by what is over": Case(
        Known(lines=[line(reason="paused")]), ["a pause held it (paused), which is over; it comes"]
    ),
    "paused before any claim, daemon stopped": Case(
        Known(by_daemon=False, pauses=[ALL]),
        ["Nothing is known of R12345", "without a daemon nobody can say what was put off"],
    ),
    "never seen": Case(
        Known(waiting=1204),
        [
            "Nothing is known of R12345",
            "it may never have come, wait in the queue (1,204 did when",
            "or be long forgotten.",
        ],
    ),
    "of no flow": Case(
        Known(lines=[line(outcome="ignored", sms=None, flow=None, to=None)]),
        ["no flow made an SMS of it: none wants order.created"],
    ),
    "put off as a whole": Case(
        Known(lines=[line(sms=None, flow=None, to=None, reason="defect")]),
        ["the event was put off at", "a defect of ours, `unexpected` in the log (defect)"],
    ),
    "of another version": Case(
        Known(rows=[replace(SENDING, state=Foreign("dreaming"))]),
        ["is dreaming, which another version wrote"],
    ),
    "remembered by the daemon alone": Case(
        Known(lines=[line(outcome="handled", sms="sent", sid=SID, again=None)]),
        [f"was sent by 2025-06-15 15:06:32 UTC (8 s ago), as {SID}, and that is told"],
    ),
}


def told(known: Known, wanted: str = "R12345") -> Timeline:
    return tell(wanted, known, NOW)


@pytest.mark.parametrize("case", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_each_situation_has_its_sentence(case: Case) -> None:
    timeline = told(case.known)

    assert [each for each in case.says if each not in timeline.sentence] == [], timeline.sentence
    assert [each for each in case.says_not if each in timeline.sentence] == []
    assert timeline.sentence.endswith(".")
    assert timeline.known is (not timeline.sentence.startswith("Nothing is known"))


@pytest.mark.parametrize("case", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_no_number_and_no_text_is_told(case: Case) -> None:
    timeline = told(case.known)
    everything = timeline.sentence + "".join(step.text for step in timeline.steps)

    assert SENT.asked.to not in everything
    assert SENT.asked.text not in everything
    assert SENT.asked.sender not in everything


OTHER: Row = replace(SENT, key="o" * 64, flow="invoice", phone_tail="10")


class TestSeveral:
    """One sentence covers all SMSes, and begins with what somebody must know most."""

    def test_the_worst_comes_first(self) -> None:
        held = replace(OTHER, state=State.HELD, ended_at=None, notified_at=None)
        said = told(Known(rows=[SENT, held, FAILED])).sentence

        assert said.startswith("R12345: 3 outcomes, the worst first: (1) the SMS of invoice")
        assert said.index("is held") < said.index("failed at") < said.index("is sent")

    def test_of_many_the_last_are_counted(self) -> None:
        rows = [replace(SENT, key=str(number), phone_tail=f"{number}") for number in range(10, 22)]

        assert told(Known(rows=rows)).sentence.endswith("; and 8 sent and told.")

    def test_a_reference_of_two_events_names_them(self) -> None:
        said = told(Known(rows=[SENT, replace(OTHER, event_id="another")])).sentence

        assert f"of event {EVENT}, the SMS of order-created" in said
        assert "of event another, the SMS of invoice" in said

    def test_what_waits_beside_what_is_sent(self) -> None:
        parts = [
            {"flow": "order-created", "sms": "duplicate", "to": "+1•••••••09", "earlier": "sent"},
            {"flow": "invoice", "sms": "deferred", "to": "+1•••••••10", "reason": "paused"},
        ]
        both = line(flow=None, sms=None, to=None, smses=parts)
        said = told(Known(rows=[SENT], lines=[both], pauses=[ALL])).sentence

        assert said.startswith("R12345: 2 outcomes, the worst first: (1) the SMS of invoice to +1")
        assert said.index("everything is paused") < said.index("is sent: Twilio took it")

    def test_two_recipients_whose_numbers_end_alike_are_two(self) -> None:
        parts = [
            {"flow": "order-created", "sms": "deferred", "to": "+1•••••••09", "reason": "paused"},
            {"flow": "order-created", "sms": "duplicate", "to": "+1•••••••09", "earlier": "sent"},
        ]
        both = line(flow=None, sms=None, to=None, smses=parts)
        said = told(Known(rows=[SENT], lines=[both])).sentence

        assert "2 outcomes" in said
        assert "a pause held it" in said
        assert "is sent: Twilio took it" in said


class TestOfLate:
    """What came later holds; what came before is a step, and no more."""

    def test_what_was_put_off_and_then_sent_is_sent(self) -> None:
        before = line(at=NOW - 190, reason="not_taken")
        after = line(at=NOW - 179, outcome="handled", sms="sent", sid=SID, again=None)

        said = told(Known(rows=[SENT], lines=[before, after])).sentence
        assert "is sent: Twilio took it" in said
        assert "outcomes" not in said

    def test_what_another_replica_sent_meanwhile_is_sent(self) -> None:
        before = line(at=NOW - 190, reason="in_flight")

        assert "outcomes" not in told(Known(rows=[SENT], lines=[before])).sentence

    def test_what_was_parked_and_came_again_is_not_parked(self) -> None:
        after = line(at=NOW - 3, outcome="handled", sms="sent", sid=SID, again=None)
        said = told(Known(lines=[PARKED, after])).sentence

        assert "parked" not in said

    def test_what_is_parked_is_not_said_to_come_again(self) -> None:
        poison = replace(ENTRY, reason="poison")

        assert "outcomes" not in told(Known(rows=[FREE], parked=[poison])).sentence
        assert "comes again" not in told(Known(rows=[FREE], parked=[poison])).sentence

    def test_a_claim_since_then_is_no_longer_put_off(self) -> None:
        before = line(at=NOW - 60, reason="not_taken")

        assert "put off" not in told(Known(rows=[SENDING], lines=[before])).sentence

    def test_an_event_that_was_put_off_as_a_whole_holds_for_its_smses(self) -> None:
        whole = line(sms=None, flow=None, to=None, reason="defect")

        said = told(Known(rows=[FREE], lines=[whole])).sentence
        assert "the SMS of order-created to •••09 was put off" in said
        assert "outcomes" not in said


class TestPauses:
    """A pause is named where it covers what waits, and where it may."""

    @pytest.mark.parametrize(
        ("target", "covers"),
        [
            (Target(Scope.ALL), True),
            (Target(Scope.ACCOUNT, "default"), True),
            (Target(Scope.FLOW, "order-created"), True),
            (Target(Scope.SENDER, "+15550001111"), True),
            (Target(Scope.COUNTRY, "US"), True),
            (Target(Scope.ACCOUNT, "another"), False),
            (Target(Scope.FLOW, "invoice"), False),
            (Target(Scope.SENDER, "MG0"), False),
            (Target(Scope.COUNTRY, "GB"), False),
        ],
    )
    def test_it_is_known_of_a_row(self, target: Target, *, covers: bool) -> None:
        said = told(Known(rows=[FREE], pauses=[replace(ALL, target=target)])).sentence

        assert ("a wrong price" in said) is covers
        assert "+15550001111" not in said

    def test_of_a_line_it_may_be(self) -> None:
        pause = replace(ALL, target=Target(Scope.COUNTRY, "GB"))

        said = told(Known(lines=[line(reason="paused")], pauses=[pause])).sentence
        assert "since perhaps country GB is paused by ann" in said
        assert "`smsherald resume --country GB` ends that" in said


class TestSteps:
    """They come by time, and say what has happened."""

    def test_of_an_sms_that_was_put_off_then_sent(self) -> None:
        before = line(at=NOW - 190, again=NOW - 185, reason="not_taken")
        steps = told(Known(rows=[replace(SENT, since=NOW - 195)], lines=[before])).steps

        assert [(step.at, step.text.split(": ", 1)[-1]) for step in steps] == [
            (
                NOW - 195,
                (
                    f"the SMS of order-created to •••09 is claimed (event {EVENT}, order.created; "
                    "account default)"
                ),
            ),
            (NOW - 190, "deferred, not_taken"),
            (NOW - 185, "the event was to come again"),
            (NOW - 180, SID),
            (NOW - 179, "sms.sent is told"),
        ]

    def test_what_is_paused_is_one_while_it_waits(self) -> None:
        until = replace(ALL, until=NOW + 100)
        steps = told(Known(lines=[line(reason="paused")], pauses=[until])).steps

        assert [step.at for step in steps] == [NOW - 60, NOW - 8, NOW + 20, NOW + 100]
        assert all("paused" not in step.text for step in told(Known(rows=[SENT])).steps)

    def test_a_pause_of_something_else_is_none(self) -> None:
        other = replace(OWN, target=Target(Scope.ACCOUNT, "loyalty"))
        held = replace(a_row(), state=State.HELD)
        steps = told(Known(rows=[held], lines=[line(reason="unknown")], pauses=[other, OWN])).steps

        assert [step.text for step in steps if "paused" in step.text] == [
            "paused: Twilio refuses account default: 20003; next probe in 40 s"
        ]

    def test_where_nothing_is_known_they_say_where_to_look(self) -> None:
        looks = [step.text for step in told(Known(unread=2, retention=30 * 86_400)).steps]

        assert all(look.startswith("look: ") for look in looks)
        everything = " ".join(looks)
        for place in ("parked 2 of late", "queue", "log", "publisher", "flows", "30 d"):
            assert place in everything


def test_what_a_stranger_wrote_moves_no_cursor_and_is_not_long() -> None:
    said = told(Known(), "\x1b[2J" + 600 * "x").sentence

    assert said.isprintable()
    assert len(said) < 500


def test_a_number_is_told_by_its_ends() -> None:
    assert "of +1•••••••09:" in told(Known(), "+15558675309").sentence


def test_every_reason_to_put_off_has_its_words() -> None:
    for reason in Reason.of(Standing.DEFERRED):
        said = told(Known(lines=[line(reason=reason.value)])).sentence

        assert f": ({reason}" not in said
