"""Texts expire, and attempts run out."""

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
    return StandardPolicy(SetClock())


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
