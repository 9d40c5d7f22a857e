"""A pause in words, as log, pages and terminals have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.sms import mask


def sentence(pause: Pause, now: float) -> str:
    """Say what holds, why, and what ends it, without a full stop; `now` in seconds, wall clock."""
    parts = [f"{_begins(pause)}: {pause.why}" if pause.why else _begins(pause)]
    if pause.until is not None:
        parts.append(f"until {_time(pause.until)}")
    if pause.probe is not None:
        left = max(0, round(pause.probe - now))
        parts.append(f"next probe in {left} s" if left else "the next SMS is a probe")
    return "; ".join(parts)


def _begins(pause: Pause) -> str:
    covered = what(pause.target)
    match pause.cause:
        case Cause.OPERATOR:
            return f"{covered} is paused by {pause.who or 'an operator'} since {_time(pause.since)}"
        case Cause.REFUSED:
            return f"Twilio refuses {covered}"
        case Cause.UNANSWERED:
            return f"Twilio does not answer {covered}"
        case Cause.FULL:
            return f"Twilio keeps no more texts of {covered} waiting"
        case Cause.BUDGET:
            return f"the budget of {covered} is spent"
        case _:
            assert_never(pause.cause)


def waiting(events: int) -> str:
    """Say that so many events wait."""
    return f"{events:,} {'event waits' if events == 1 else 'events wait'}"


def what(target: Target) -> str:
    """Name what a pause covers, as a log may have it."""
    if target.scope is Scope.ALL:
        return "everything"
    return f"{target.scope} {shown(target)}"


def shown(target: Target) -> str:
    """Return a pause's name as a log may have it."""
    return mask(target.name) if target.name.startswith("+") else target.name


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
