"""What the ledger decides where no database can be made to show it, and its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.ledger.decide import (
    POISON_AFTER,
    Found,
    Insert,
    Known,
    OnClaim,
    Reclaim,
    Reply,
    Rules,
    TakeOver,
    is_written,
    on_claim,
    on_late,
    outcome,
    unknown,
)
from smsherald.model import (
    Absent,
    Accepted,
    Busy,
    Deferred,
    Fresh,
    Holder,
    Mine,
    NotTaken,
    OnUnknown,
    Parked,
    Rejected,
    Row,
    Skip,
    State,
    TakenOver,
)
from smsherald.testing import a_row
from support.ledgers import an_sms

QUARANTINE = 100.0
RULES = Rules(owner="one/1", quarantine=QUARANTINE)
NOW = 10_000.0
SMS = an_sms()
ROW = a_row(SMS, claim_number=3, since=NOW - 50.0, claimed_at=NOW - 10.0)
FRESH = Fresh(SMS, 3, 1.0, SMS.asked)
TAKEN = TakenOver(SMS, 3, SMS.asked, NOW - 50.0)
BUSY = Reply(Busy(Reason.IN_FLIGHT, QUARANTINE - 10.0))


class TestAClaimTriedAgain:
    """Its first try may have been committed although nobody confirmed it."""

    @pytest.mark.parametrize(
        ("case", "row", "written", "expected"),
        [
            ("the row as that try wrote it was handed out to nobody", ROW, FRESH, Reply(FRESH)),
            ("a take-over likewise", ROW, TAKEN, Reply(TAKEN)),
            ("what another claim of ours wrote was", replace(ROW, claim_number=2), FRESH, BUSY),
            ("another process has it", replace(ROW, owner="two/1"), FRESH, BUSY),
            ("an earlier start of us has it", replace(ROW, owner="one/0"), FRESH, BUSY),
            ("a first try that wrote nothing", ROW, None, BUSY),
        ],
    )
    def test_is_ours_only_where_it_wrote_the_row(
        self, case: str, row: Row, written: Mine | None, expected: OnClaim
    ) -> None:
        assert on_claim(SMS, Found(row, None, NOW), RULES, written) == expected, case

    def test_brings_the_brakes_counter_of_the_try_that_hands_it_out(self) -> None:
        step = on_claim(SMS, Found(ROW, None, NOW, brake=7), RULES, replace(FRESH, brake=6))

        assert step == Reply(replace(FRESH, brake=7))

    def test_is_written_again_where_the_commit_did_not_take_place(self) -> None:
        assert on_claim(SMS, Found(None, None, NOW), RULES, FRESH) == Insert()
        free = replace(ROW, state=State.FREE, claim_number=2)
        assert on_claim(SMS, Found(free, None, NOW), RULES, FRESH) == Reclaim(2)


class TestTheQuarantine:
    """It ends to the second."""

    @pytest.mark.parametrize(
        ("age", "expected"),
        [
            (0.0, Reply(Busy(Reason.IN_FLIGHT, QUARANTINE))),
            (QUARANTINE - 0.5, Reply(Busy(Reason.IN_FLIGHT, 0.5))),
            (QUARANTINE, None),
            (10 * QUARANTINE, None),
            # The clock was set back since.
            (-5.0, Reply(Busy(Reason.IN_FLIGHT, QUARANTINE))),
            (-7200.0, Reply(Busy(Reason.IN_FLIGHT, QUARANTINE))),
        ],
    )
    def test_a_row_is_taken_over_from_its_end_on(self, age: float, expected: Reply | None) -> None:
        row = replace(ROW, claimed_at=NOW - age)

        step = on_claim(SMS, Found(row, None, NOW), RULES, None)

        assert step == (expected or TakeOver(row, OnUnknown.LOOKUP, QUARANTINE))

    @pytest.mark.parametrize("own", [1.0, 10 * QUARANTINE])
    def test_is_that_of_the_row_whatever_ours_is(self, own: float) -> None:
        rules, row = replace(RULES, quarantine=own), replace(ROW, claimed_at=NOW - 20.0)
        held = replace(row, state=State.HELD)
        for holder, wait in (("sending", QUARANTINE - 20.0), ("held", QUARANTINE)):
            locks = Holder(State(holder), NOW - 20.0, QUARANTINE)

            step = on_claim(SMS, Found(None, locks, NOW), rules, None)

            assert step == Reply(Busy(Reason.IN_FLIGHT, wait))
        assert on_claim(SMS, Found(row, None, NOW), rules, None) == Reply(
            Busy(Reason.IN_FLIGHT, QUARANTINE - 20.0)
        )
        assert on_claim(SMS, Found(held, None, NOW), rules, None) == Reply(
            Busy(Reason.HELD, QUARANTINE)
        )

    def test_of_an_equal_text_is_never_longer_than_it_is_either(self) -> None:
        holder = Holder(State.SENDING, NOW + 7200.0, QUARANTINE)

        step = on_claim(SMS, Found(None, holder, NOW), RULES, None)

        assert step == Reply(Busy(Reason.IN_FLIGHT, QUARANTINE))

    def test_no_wait_is_shorter_than_none(self) -> None:
        holder = Holder(State.SENDING, NOW - 3 * QUARANTINE, QUARANTINE)

        step = on_claim(SMS, Found(None, holder, NOW), RULES, None)

        assert step == Reply(Busy(Reason.IN_FLIGHT, 0.0))
        assert unknown(-3.0) == Deferred(Reason.UNKNOWN, 0.0)


class TestPoison:
    """What is looked up in vain again and again is for a person."""

    @pytest.mark.parametrize("in_vain", range(1, 8))
    def test_begins_with_the_fifth_look_up_in_vain(self, in_vain: int) -> None:
        result = outcome(TAKEN, Absent(), NOW, in_vain)

        if in_vain < POISON_AFTER:
            assert result == Deferred(Reason.NOT_TAKEN, None)
        else:
            assert isinstance(result, Parked)
            assert result.reason is Reason.POISON

    def test_is_not_what_twilio_only_refuses_for_now(self) -> None:
        late = outcome(FRESH, NotTaken(Reason.RATE_LIMITED, 3.0), NOW, POISON_AFTER)

        assert late == Deferred(Reason.RATE_LIMITED, 3.0)


SENT = replace(ROW, state=State.SENT, sid="SM1", result={"status": "queued"}, ended_at=NOW)
FAILED = replace(ROW, state=State.FAILED, result={"reason": "opt_out", "code": 21610}, ended_at=NOW)
SKIPPED = replace(ROW, state=State.SKIPPED, result={"reason": "expired"}, ended_at=NOW)
FREED = replace(ROW, state=State.FREE)
OURS = Accepted("SM1", "queued")
FOUND = Accepted("SM1", "queued", found=True)
OPT_OUT = Rejected(Reason.OPT_OUT, 21610)
EXPIRED = Skip(Reason.EXPIRED)
FENCED = NotTaken(Reason.FENCED)


class TestARowThatIsWritten:
    """The commit took place, and nobody confirmed it: the row is as this answer left it."""

    @pytest.mark.parametrize(
        ("case", "answer", "row"),
        [
            ("our own answer", OURS, SENT),
            ("what a look-up found", FOUND, SENT),
            ("a refusal", OPT_OUT, FAILED),
            ("policy's no", EXPIRED, SKIPPED),
            ("what is certainly not taken", FENCED, FREED),
            ("what no look-up found", Absent(), FREED),
            ("what was told meanwhile", OPT_OUT, replace(FAILED, notified_at=NOW)),
        ],
    )
    def test_is_ours(self, case: str, answer: Known, row: Row) -> None:
        assert is_written(FRESH, answer, row, RULES), case
        assert is_written(TAKEN, answer, row, RULES), case

    @pytest.mark.parametrize("answer", [OURS, FOUND, OPT_OUT, EXPIRED, FENCED, Absent()])
    @pytest.mark.parametrize("state", [State.SENDING, State.HELD])
    def test_is_none_that_has_no_answer_yet(self, answer: Known, state: State) -> None:
        assert not is_written(FRESH, answer, replace(ROW, state=state), RULES)

    @pytest.mark.parametrize(
        ("answer", "row"),
        [(OURS, SENT), (OPT_OUT, FAILED), (EXPIRED, SKIPPED), (FENCED, FREED), (Absent(), FREED)],
    )
    @pytest.mark.parametrize(
        ("case", "change"),
        [
            ("another process took over, and wrote the same", {"owner": "two/1"}),
            ("an earlier start of us wrote it", {"owner": "one/0"}),
            ("a later claim of ours wrote it", {"claim_number": 4}),
            ("an earlier claim of ours wrote it", {"claim_number": 2}),
        ],
    )
    def test_is_not_of_another_claim(
        self, answer: Known, row: Row, case: str, change: dict[str, Any]
    ) -> None:
        assert not is_written(FRESH, answer, replace(row, **change), RULES), case

    @pytest.mark.parametrize(
        ("case", "answer", "row"),
        [
            ("another SID", OURS, replace(SENT, sid="SM2")),
            ("no SID", OURS, replace(SENT, sid=None)),
            ("another status", OURS, replace(SENT, result={"status": None})),
            ("another reason", OPT_OUT, replace(FAILED, result={"reason": "geo", "code": 21610})),
            ("another code", OPT_OUT, replace(FAILED, result={"reason": "opt_out", "code": None})),
            ("another reason of policy's", EXPIRED, replace(SKIPPED, result={"reason": "late"})),
            ("sent where we know of a refusal", OPT_OUT, SENT),
            ("failed where we have a SID", OURS, FAILED),
            ("failed where policy said no", Skip(Reason.OPT_OUT), FAILED),
            ("free where we know of a refusal", OPT_OUT, FREED),
            ("sent where a look-up found nothing", Absent(), SENT),
            ("failed where it was certainly not taken", FENCED, FAILED),
        ],
    )
    def test_is_not_with_another_answer(self, case: str, answer: Known, row: Row) -> None:
        assert not is_written(FRESH, answer, row, RULES), case


class TestALateAnswer:
    """The row was not written: it is another's, or the SID is."""

    def test_that_a_look_up_found_waits_for_the_rest_of_the_quarantine(self) -> None:
        found = Accepted("SM1", "sent", found=True)

        late = on_late(TAKEN, found, ROW, RULES, sid_is_free=False, wait=7.0)

        assert late == Deferred(Reason.UNKNOWN, 7.0)

    def test_of_a_row_that_is_gone_is_not_ours(self) -> None:
        late = on_late(FRESH, Absent(), None, RULES, sid_is_free=True, wait=7.0)

        assert late == Deferred(Reason.NOT_MINE, None)
