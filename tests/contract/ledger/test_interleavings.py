"""Two processes in any order of claims, answers, tellings and time, beside a model in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    multiple,
    rule,
    run_state_machine_as_test,
)

from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Fresh,
    Mine,
    NotTaken,
    OnUnknown,
    Rejected,
    Skip,
    Sms,
    TakenOver,
    Told,
    Unknown,
)
from support.ledgers import LedgerDatabase, a_sid, an_sms

NAMES = st.sampled_from(["a", "b", "c"])
WHO = st.sampled_from(["one", "two"])
# The SMSes a and b have one text in common, so that they lock each other out.
WORDINGS = st.sampled_from(["common", "own"])
SIDS = st.sampled_from([a_sid(str(number)) for number in range(4)])
ANSWERS = st.one_of(
    st.builds(Accepted, SIDS, st.just("queued"), st.booleans()),
    st.sampled_from(
        [Rejected(Reason.CONTENT, 30007), Skip(Reason.EXPIRED), NotTaken(Reason.FENCED), Absent()]
    ),
    st.just(Unknown()),
)
ON_UNKNOWN = st.sampled_from(OnUnknown)
ENDED = ("sent", "failed", "skipped")


def made(name: str, wording: str, on_unknown: OnUnknown) -> Sms:
    text = "the same for all" if wording == "common" else f"for {name} alone"
    sms = an_sms(name, asked=replace(an_sms().asked, text=text))
    return replace(sms, on_unknown=on_unknown)


@dataclass
class ModelRow:
    """What the tables of the design say a row holds."""

    sms: Sms
    owner: str
    state: str = "sending"
    number: int = 1
    old: bool = False
    in_vain: int = 0
    sid: str | None = None
    told: bool = False


@dataclass
class Model:
    """The claim and record tables once more, as plainly as can be."""

    rows: dict[str, ModelRow] = field(default_factory=dict)
    seconds: set[tuple[str, str]] = field(default_factory=set)

    def claim(self, who: str, sms: Sms) -> str:
        """Return the kind of claim."""
        row = self.rows.get(sms.key)
        if row is not None and row.state in ENDED:
            return "told" if row.told else "done"
        if row is None or row.state == "free":
            if any(
                other.sms.fingerprint == sms.fingerprint
                for key, other in self.rows.items()
                if key != sms.key and other.state in {"sending", "held"}
            ):
                return "busy"
            if row is None:
                self.rows[sms.key] = ModelRow(sms, who)
            else:
                row.sms, row.owner, row.state, row.old = sms, who, "sending", False
                row.number += 1
            return "fresh"
        if row.state == "held" or not row.old:
            return "busy"
        row.owner, row.old = who, False
        row.number += 1
        if sms.on_unknown is OnUnknown.HOLD:
            row.state = "held"
            return "busy"
        return "taken over" if sms.on_unknown is OnUnknown.LOOKUP else "resend"

    def record(self, who: str, claim: Mine, answer: Answer) -> None:
        row = self.rows[claim.sms.key]
        mine = (row.state, row.owner, row.number) == ("sending", who, claim.claim_number)
        match answer:
            case Accepted(found=False):
                self._accepted(row, claim, answer.sid)
            case Accepted() if mine and not self._taken(answer.sid, ""):
                row.state, row.sid = "sent", answer.sid
            case Rejected() if mine:
                row.state = "failed"
            case Skip() if mine:
                row.state = "skipped"
            case NotTaken() | Absent() if mine:
                row.state = "free"
                row.in_vain += isinstance(answer, Absent)

    def _accepted(self, row: ModelRow, claim: Mine, sid: str) -> None:
        if row.state == "sent":
            if sid not in self.sids_of(claim.sms.key):
                self.seconds.add((sid, claim.sms.key))
            return
        taken = self._taken(sid, claim.sms.key)
        row.state, row.told = "sent", False
        row.sms = replace(row.sms, asked=claim.asked)
        row.sid = None if taken else sid
        if taken:
            self.seconds.add((sid, claim.sms.key))

    def tell(self, told: Told) -> None:
        """Mark what was told, and nothing that has ended otherwise."""
        row = self.rows.get(told.key)
        if row is None or row.state not in ENDED or row.state != told.word or row.told:
            return
        sids = {row.sid} if row.sid else self.sids_of(told.key)
        row.told = told.sid in sids if told.word == "sent" else told.claim_number == row.number

    def sids_of(self, key: str) -> set[str | None]:
        return {self.rows[key].sid, *(sid for sid, owner in self.seconds if owner == key)}

    def _taken(self, sid: str, by_other_than: str) -> bool:
        first = {row.sid for key, row in self.rows.items() if key != by_other_than}
        return sid in first | {known for known, key in self.seconds if key != by_other_than}


class Interleavings(RuleBasedStateMachine):
    """Does the same to the model and to two ledgers on one database."""

    new_database: ClassVar[Callable[[], LedgerDatabase]]
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.database = type(self).new_database()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.ledgers = {
            who: self.runner.run(self.stack.enter_async_context(self.database.open(who)))
            for who in ("one", "two")
        }

    @rule(target=claims, who=WHO, name=NAMES, wording=WORDINGS, on_unknown=ON_UNKNOWN)
    def claim(self, who: str, name: str, wording: str, on_unknown: OnUnknown) -> Any:
        sms = made(name, wording, on_unknown)
        expected = self.model.claim(who, sms)

        claim = self.runner.run(self.ledgers[who].claim(sms))

        kind = {"TakenOver": "taken over"}.get(type(claim).__name__, type(claim).__name__.lower())
        if isinstance(claim, Fresh) and claim.resend:
            kind = "resend"
        if kind == "done" and getattr(claim, "told", False):
            kind = "told"
        assert kind == expected
        self.agree()
        if not isinstance(claim, Fresh | TakenOver):
            return multiple()
        row = self.model.rows[sms.key]
        assert (claim.claim_number, claim.asked) == (row.number, row.sms.asked)
        return who, claim

    @rule(claimed=claims, answer=ANSWERS)
    def record(self, claimed: tuple[str, Mine], answer: Answer) -> None:
        who, claim = claimed
        self.model.record(who, claim, answer)

        self.runner.run(self.ledgers[who].record(claim, answer))

        self.agree()

    @rule(
        name=NAMES,
        word=st.sampled_from(ENDED),
        sid=SIDS,
        number=st.integers(1, 3),
        as_it_is=st.booleans(),
    )
    def tell(self, name: str, word: str, sid: str, number: int, *, as_it_is: bool) -> None:
        key = an_sms(name).key
        row = self.model.rows.get(key)
        if as_it_is and row is not None:
            word, sid, number = row.state, row.sid or sid, row.number
        told = Told(key, word, sid, None) if word == "sent" else Told(key, word, None, number)
        self.model.tell(told)

        self.runner.run(self.ledgers["one"].told([told]))

        self.agree()

    @rule(name=NAMES)
    def let_time_pass(self, name: str) -> None:
        key = an_sms(name).key
        if key in self.model.rows:
            self.model.rows[key].old = True
            self.database.age(key)

    def agree(self) -> None:
        assert self.database.second_sids() == self.model.seconds
        for key, row in self.model.rows.items():
            found = self.database.row(key)
            assert found is not None
            assert found["owner"].split("/")[0] == row.owner
            assert found["notified_at"] is not None if row.told else found["notified_at"] is None
            expected = {
                "state": row.state,
                "claim_number": row.number,
                "in_vain": row.in_vain,
                "sid": row.sid,
                "text": "" if row.told else row.sms.asked.text,
                "fingerprint": row.sms.fingerprint,
            }
            assert {name: found[name] for name in expected} == expected

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(10, marks=pytest.mark.takes(15), id="some"),
        pytest.param(60, marks=pytest.mark.long, id="many"),
    ],
)
def test_agree_with_the_tables(new_database: Callable[[], LedgerDatabase], examples: int) -> None:
    class OnThis(Interleavings):
        """On the kind of database that is tested."""

    OnThis.new_database = staticmethod(new_database)
    run_state_machine_as_test(
        OnThis, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None)
    )
