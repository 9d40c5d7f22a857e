"""What became of an event ends in one true sentence, whatever is known of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.errors import Reason, Standing
from smsherald.model import OnUnknown, Pause, Row, Scope, State, Target
from smsherald.timeline import Known
from support.timelines import (
    ALL,
    ENTRY,
    EVENT,
    FAILED,
    FREE,
    NOW,
    OWN,
    PARKED,
    SENDING,
    SENT,
    SID,
    SITUATIONS,
    SKIPPED,
    Case,
    line,
    told,
)


@pytest.mark.parametrize("case", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_each_situation_has_its_sentence(case: Case) -> None:
    timeline = told(case.known)

    assert [each for each in case.says if each not in timeline.sentence] == [], timeline.sentence
    assert [each for each in case.says_not if each in timeline.sentence] == []
    assert timeline.sentence.endswith(".")
    assert timeline.known is (not timeline.sentence.startswith("Nothing "))


@pytest.mark.parametrize("case", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_no_number_and_no_text_is_told(case: Case) -> None:
    timeline = told(case.known)
    everything = timeline.sentence + "".join(step.text for step in timeline.steps)

    assert SENT.asked.to not in everything
    assert SENT.asked.text not in everything
    assert SENT.asked.sender not in everything


OTHER: Row = replace(SENT, key="o" * 64, flow="invoice", phone_tail="10")


TWIN: Row = replace(SENT, key="t" * 64, reference="R2", phone_tail="10")


class TestReferences:
    """Nobody takes another order's SMS for the one that was asked about."""

    def test_what_was_asked_about_comes_first_and_alone(self) -> None:
        failed = replace(TWIN, state=State.FAILED, sid=None, result={"reason": "geo"})
        said = told(Known(rows=[failed, SENT])).sentence

        mine, _, other = said.partition("; the same event also stands for R2: ")
        assert mine.startswith("R12345: the SMS of order-created to •••09 is sent")
        assert "failed" not in mine
        assert other.startswith("the SMS of order-created to •••10 failed")

    def test_what_is_asked_by_its_event_has_each_by_its_name(self) -> None:
        said = told(Known(rows=[SENT, TWIN]), EVENT).sentence

        assert "(1) the SMS of order-created to •••09 (reference R12345) is sent" in said
        assert "(2) the SMS of order-created to •••10 (reference R2) is sent" in said

    def test_what_is_parked_of_another_order_is_its(self) -> None:
        entry = replace(ENTRY, reference="R2", reason="identity_conflict", detail="")
        said = told(Known(rows=[SENT], parked=[entry])).sentence

        mine, _, other = said.partition("; the same event id was also used for R2: ")
        assert "is sent" in mine
        assert "bringing it again is in vain" in other
        assert "replay" not in other
        assert f"`smsherald parked drop {ENTRY.id[:10]}`" in other


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (
            "missing_value",
            "the flow is wrong, mend it, reload, then `smsherald parked replay",
        ),
        (
            "bad_number",
            "event itself is wrong, save it (`smsherald parked show 4be0b2a51c --raw`)",
        ),
        ("unknown_account", "mend what `smsherald explain unknown_account` names, then"),
        ("poison", "mend what `smsherald explain poison` names, then `smsherald parked replay"),
        ("identity_conflict", "publish it as another event (`smsherald explain identity_conflict`"),
    ],
)
def test_what_is_to_be_done_goes_by_the_reason(reason: str, says: str) -> None:
    assert says in told(Known(parked=[replace(ENTRY, reason=reason)])).sentence


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
        assert said.index("everything is paused") < said.index("is sent, as SM")

    def test_two_recipients_whose_numbers_end_alike_are_two(self) -> None:
        parts = [
            {"flow": "order-created", "sms": "deferred", "to": "+1•••••••09", "reason": "paused"},
            {"flow": "order-created", "sms": "duplicate", "to": "+1•••••••09", "earlier": "sent"},
        ]
        both = line(flow=None, sms=None, to=None, smses=parts)
        said = told(Known(rows=[SENT], lines=[both])).sentence

        assert "2 outcomes" in said
        assert "a pause held it" in said
        assert "is sent, as SM" in said


class TestOfLate:
    """What came later holds; what came before is a step, and no more."""

    def test_what_was_put_off_and_then_sent_is_sent(self) -> None:
        before = line(at=NOW - 190, reason="not_taken")
        after = line(at=NOW - 179, outcome="handled", sms="sent", sid=SID, again=None)

        said = told(Known(rows=[SENT], lines=[before, after])).sentence
        assert "is sent, as SM" in said
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


class TestCameAgain:
    """What has been sent stays so, whatever becomes of its event later."""

    @pytest.mark.parametrize("at", [NOW - 179, NOW - 170, NOW - 8])
    @pytest.mark.parametrize("reason", ["paused", "rate_limited", "not_mine", "in_flight"])
    def test_a_duplicate_that_is_put_off(self, at: float, reason: str) -> None:
        first = line(at=NOW - 180, outcome="handled", sms="sent", sid=SID, again=None)
        said = told(Known(rows=[SENT], lines=[first, line(at=at, reason=reason)], pauses=[ALL]))

        assert said.sentence.startswith(
            f"R12345: the SMS of order-created to •••09 is sent, as {SID}"
        )
        assert "is told; its event came again, put off at" in said.sentence
        assert said.sentence.endswith(f"({reason}), and this SMS is not sent again for it.")

    @pytest.mark.parametrize("row", [SENT, FAILED, SKIPPED, replace(SENT, notified_at=None)])
    def test_a_redelivery_after_the_record_that_is_put_off(self, row: Row) -> None:
        said = told(Known(rows=[row], lines=[line(reason="paused")], pauses=[ALL])).sentence

        assert "outcomes" not in said
        assert "not sent yet" not in said
        assert "its event came again" in said

    def test_as_a_whole(self) -> None:
        whole = line(sms=None, flow=None, to=None, reason="defect")
        said = told(Known(rows=[SENT], lines=[whole])).sentence

        assert "outcomes" not in said
        assert "its event came again" in said

    def test_two_recipients_whose_numbers_end_alike_are_two_still(self) -> None:
        part = {"flow": "order-created", "sms": "deferred", "to": "+1•••••••09", "reason": "paused"}
        both = line(flow=None, sms=None, to=None, smses=[part, part])
        said = told(Known(rows=[SENT], lines=[both], pauses=[ALL])).sentence

        assert said.startswith("R12345: 2 outcomes")
        assert said.count("is not sent yet") == 1
        assert said.count("is sent, as SM") == 1

    @pytest.mark.parametrize("word", ["sent", "duplicate", "skipped"])
    def test_while_the_ledger_cannot_be_asked_the_daemon_remembers_it(self, word: str) -> None:
        earlier = "sent" if word == "duplicate" else None
        lines = [
            line(at=NOW - 180, outcome="handled", sms=word, earlier=earlier, sid=SID, again=None),
            line(at=NOW - 60, again=NOW - 50, reason="paused"),
            line(reason="paused"),
        ]
        said = told(Known(lines=lines, pauses=[ALL])).sentence

        assert "not sent yet" not in said
        assert f"was {earlier or word} by 2025-06-15 15:03:40" in said
        assert "its event came again, put off at 2025-06-15 15:06:32 UTC (8 s ago)" in said

    def test_what_failed_may_be_sent_yet_once_a_person_brings_it_again(self) -> None:
        failed = line(at=NOW - 180, outcome="handled", sms="failed", reason="geo", again=None)
        again = line(reason="rate_limited")

        assert "was put off at" in told(Known(lines=[failed, again])).sentence
        assert "was put off at" in told(Known(rows=[FREE], lines=[failed, again])).sentence


class TestAnotherDaemon:
    """It may have taken what this one put off, and left no row."""

    @pytest.mark.parametrize("flow", ["order-created", None])
    @pytest.mark.parametrize("whole", [False, True])
    def test_what_it_has_parked_since_waits_no_more(self, flow: str | None, *, whole: bool) -> None:
        put_off = line(again=NOW - 7, reason="paused")
        if whole:
            put_off = line(again=NOW - 7, sms=None, flow=None, to=None, reason="defect")
        entry = replace(ENTRY, at=NOW - 6, flow=flow)
        said = told(Known(lines=[put_off], parked=[entry], pauses=[ALL])).sentence

        assert "outcomes" not in said
        assert "is parked since" in said
        assert "comes again" not in said

    @pytest.mark.parametrize("rows", [[], [FREE]])
    def test_what_was_parked_before_does_not_hide_that_it_waits(self, rows: list[Row]) -> None:
        said = told(Known(rows=rows, lines=[line(reason="not_taken")], parked=[ENTRY])).sentence

        assert "2 outcomes" in said
        assert "was put off at" in said

    def test_what_is_parked_of_another_flow_says_nothing_of_this_one(self) -> None:
        entry = replace(ENTRY, at=NOW - 6, flow="invoice")
        said = told(Known(lines=[line(reason="not_taken")], parked=[entry])).sentence

        assert "was put off at" in said


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
        # Their own number is whole where it is typed, and nowhere else.
        assert "+15550001111" not in said.replace("`smsherald resume --sender +15550001111`", "")

    def test_of_a_line_it_may_be(self) -> None:
        pause = replace(ALL, target=Target(Scope.COUNTRY, "GB"))

        said = told(Known(lines=[line(reason="paused")], pauses=[pause])).sentence
        assert "since perhaps country GB is paused by ann" in said
        assert "`smsherald resume --country GB` ends that" in said


class TestOnUnknown:
    """Where it is known what a flow wants of an unknown fate, that is what is said."""

    @pytest.mark.parametrize("since", [NOW - 10, NOW - 150, NOW - 500])
    @pytest.mark.parametrize(
        ("wants", "says"),
        [
            (OnUnknown.LOOKUP, "it is looked up"),
            (OnUnknown.HOLD, "it becomes held, for a person to decide,"),
            (OnUnknown.RESEND, "it is sent again"),
        ],
    )
    def test_it_is_said(self, since: float, wants: OnUnknown, says: str) -> None:
        row = replace(SENDING, since=since, claimed_at=since)
        said = told(Known(rows=[row], on_unknown={row.flow: wants})).sentence

        assert says in said
        assert "on_unknown" not in said
        assert ("looked up" in said) is (wants is not OnUnknown.HOLD)

    @pytest.mark.parametrize("since", [NOW - 10, NOW - 150, NOW - 500])
    def test_else_it_is_hedged(self, since: float) -> None:
        said = told(Known(rows=[replace(SENDING, since=since, claimed_at=since)])).sentence

        assert "looked up" in said
        assert ", unless on_unknown says otherwise" in said


@pytest.mark.parametrize("pauses", [[], [OWN]])
def test_what_twilio_refuses_is_explained_once(pauses: list[Pause]) -> None:
    put_off = line(reason="paused", twilio_code=20003)
    said = told(Known(lines=[put_off], pauses=pauses)).sentence
    late = told(Known(lines=[replace(put_off, again=NOW - 9)], pauses=pauses)).sentence

    for each in (said, late):
        assert each.count("`smsherald explain 20003` says what to do") == 1


@pytest.mark.parametrize("wanted", ["+15558675309", "15558675309", "+1 (555) 867-5309"])
def test_what_looks_like_a_number_may_be_asked_as_one(wanted: str) -> None:
    timeline = told(Known(), wanted)
    everything = timeline.sentence + "".join(step.text for step in timeline.steps)

    assert timeline.steps[0].text == "look: by a phone number: `smsherald why --phone NUMBER`"
    assert "+15558675309" not in everything


def test_what_a_stranger_wrote_moves_no_cursor_and_is_not_long() -> None:
    said = told(Known(), "\x1b[2J" + 600 * "x").sentence

    assert said.isprintable()
    assert len(said) < 600


def test_a_number_is_told_by_its_ends() -> None:
    assert "of +1•••••••09:" in told(Known(), "+15558675309").sentence


def test_every_reason_to_put_off_has_its_words() -> None:
    for reason in Reason.of(Standing.DEFERRED):
        said = told(Known(lines=[line(reason=reason.value)])).sentence

        assert f": ({reason}" not in said
