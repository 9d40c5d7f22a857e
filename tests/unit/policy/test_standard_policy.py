"""Texts expire, and attempts run out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.errors import Reason, Standing
from smsherald.flows import FlowBook, make
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    NotTaken,
    Rejected,
    Skip,
    Sms,
    Unknown,
    Unlisted,
)
from smsherald.policy import StandardPolicy
from smsherald.ports import Policy
from support.shop import NOW, ORDER, event, flow

ATTEMPTS = 20


class SetClock:
    """Stands still."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def policy() -> Policy:
    return StandardPolicy(SetClock(), ATTEMPTS)


def an_sms(*, expires: float | None = None, attempt: int = 0) -> Sms:
    (sms,) = make(event(ORDER), FlowBook([flow()])).smses
    return replace(sms, expires=expires, event=replace(sms.event, attempt=attempt))


@pytest.mark.parametrize(
    ("expires", "answer"),
    [
        pytest.param(None, None, id="what never expires goes out"),
        pytest.param(NOW + 1, None, id="what expires later goes out"),
        pytest.param(NOW, None, id="the last moment is in time"),
        pytest.param(NOW - 1, Skip(Reason.EXPIRED), id="after it, it is skipped"),
    ],
)
def test_an_old_text_is_skipped(
    policy: Policy, expires: float | None, answer: Answer | None
) -> None:
    assert policy.before(an_sms(expires=expires)) == answer


@pytest.mark.parametrize("attempt", [ATTEMPTS, ATTEMPTS + 1])
@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        pytest.param(
            NotTaken(Reason.RATE_LIMITED, 5),
            Rejected(Reason.RATE_LIMITED, None),
            id="what was not taken fails with its last reason",
        ),
        pytest.param(
            NotTaken(Reason.NOT_TAKEN),
            Rejected(Reason.NOT_TAKEN, None),
            id="without a wait too",
        ),
        pytest.param(NotTaken(Reason.PAUSED), NotTaken(Reason.PAUSED), id="a pause ends by itself"),
        pytest.param(
            Absent(), Rejected(Reason.NOT_TAKEN, None), id="what was looked up in vain fails"
        ),
        pytest.param(Unknown(), Unknown(), id="what may have been sent is never given up"),
        pytest.param(Unlisted(), Unlisted(), id="nor what could not be looked up"),
        pytest.param(Accepted("SM1", None), Accepted("SM1", None), id="what was sent is sent"),
        pytest.param(
            Rejected(Reason.GEO, 21408), Rejected(Reason.GEO, 21408), id="a refusal keeps its code"
        ),
        pytest.param(Skip(Reason.EXPIRED), Skip(Reason.EXPIRED), id="what is skipped is skipped"),
    ],
)
def test_at_the_last_attempt_it_is_given_up(
    policy: Policy, attempt: int, answer: Answer, becomes: Answer
) -> None:
    assert policy.after(an_sms(attempt=attempt), answer) == becomes


@pytest.mark.parametrize(
    "answer",
    [*map(NotTaken, sorted(Reason.of(Standing.DEFERRED))), Absent(), Unknown(), Unlisted()],
)
def test_before_the_last_attempt_nothing_is_given_up(policy: Policy, answer: Answer) -> None:
    assert policy.after(an_sms(attempt=ATTEMPTS - 1), answer) == answer
