"""Texts expire, and some recipients get none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.flows import FlowBook, make
from smsherald.model import (
    Answer,
    Skip,
    Sms,
)
from smsherald.policy import Rules, StandardPolicy
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
    return StandardPolicy(SetClock(), Rules)


def an_sms(expires: float | None) -> Sms:
    (sms,) = make(event(ORDER), FlowBook([flow()])).smses
    return replace(sms, expires=expires)


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
    assert policy(an_sms(expires)) == answer


@pytest.mark.parametrize("reason", [Reason.SHADOW, Reason.NO_CONSENT])
@pytest.mark.parametrize("expires", [None, NOW - 1])
def test_what_its_flow_keeps_back_is_skipped_however_late_it_is(
    policy: Policy, expires: float | None, reason: Reason
) -> None:
    assert policy(replace(an_sms(expires), refused=reason)) == Skip(reason)


@pytest.mark.parametrize("expires", [None, NOW - 1])
@pytest.mark.parametrize(
    ("rules", "reason"),
    [(Rules(["DE"]), Reason.NOT_ALLOWED), (Rules(deny=["US"]), Reason.DENIED)],
)
def test_who_may_not_be_texted_is_skipped_for_that_however_late(
    rules: Rules, reason: Reason, expires: float | None
) -> None:
    assert StandardPolicy(SetClock(), lambda: rules)(an_sms(expires)) == Skip(reason)


def test_the_rules_are_those_of_the_moment() -> None:
    rules = Rules()
    policy = StandardPolicy(SetClock(), lambda: rules)
    before = policy(an_sms(None))
    rules = Rules(["DE"])

    assert (before, policy(an_sms(None))) == (None, Skip(Reason.NOT_ALLOWED))
