"""Log and sentences of pauses: what may not be sent for now, why, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import assert_never

import structlog

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.sms import mask

_log = structlog.get_logger(__name__)


class PauseObserver:
    """Implements `policy.pauses.Observer`."""

    def paused(self, pause: Pause) -> None:
        """Say that a pause has begun: nothing of what it covers is sent."""
        _log.warning(
            "paused", **_fields(pause), why=pause.why, **({"who": pause.who} if pause.who else {})
        )

    def resumed(self, pause: Pause) -> None:
        """Say that it is over."""
        _log.info("resumed", **_fields(pause))


class Sentences:
    """Of all pauses that hold, for a person; `waiting` says how many events wait in the broker."""

    def __init__(
        self,
        holding: Callable[[], Iterable[Pause]],
        waiting: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self._holding = holding
        self._waiting = waiting
        self._now = now

    def problems(self) -> Sequence[str]:
        """Return those of accounts that Twilio refuses or does not answer: they look at nobody."""
        return self._of(wanted=True)

    def notes(self) -> Sequence[str]:
        """Return the others: what they cover waits because somebody said so, or for what it is."""
        return self._of(wanted=False)

    def covered(self, account: str) -> bool:
        """Say whether one of those is about an account's connection."""
        return any(
            pause.cause is Cause.UNANSWERED and pause.target == Target(Scope.ACCOUNT, account)
            for pause in self._holding()
        )

    def _of(self, *, wanted: bool) -> Sequence[str]:
        chosen = [pause for pause in self._holding() if is_problem(pause) is wanted]
        if not chosen:
            return ()
        waiting = self._waiting()
        wait = (
            f"; {waiting:,} {'event waits' if waiting == 1 else 'events wait'}" if waiting else ""
        )
        return [f"{sentence(pause, self._now())}{wait}" for pause in chosen]


def is_problem(pause: Pause) -> bool:
    """Say whether nothing is sent though nobody wants that."""
    unwanted = pause.cause in {Cause.REFUSED, Cause.UNANSWERED}
    return unwanted and pause.target.scope is Scope.ACCOUNT


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
    what = _what(pause.target)
    match pause.cause:
        case Cause.OPERATOR:
            return f"{what} is paused by {pause.who or 'an operator'} since {_time(pause.since)}"
        case Cause.REFUSED:
            return f"Twilio refuses {what}"
        case Cause.UNANSWERED:
            return f"Twilio does not answer {what}"
        case Cause.FULL:
            return f"Twilio keeps no more texts of {what} waiting"
        case Cause.BUDGET:
            return f"the budget of {what} is spent"
        case _:
            assert_never(pause.cause)


def _what(target: Target) -> str:
    if target.scope is Scope.ALL:
        return "everything"
    return f"{target.scope} {shown(target)}"


def shown(target: Target) -> str:
    """Return a pause's name as a log may have it."""
    return mask(target.name) if target.name.startswith("+") else target.name


def _fields(pause: Pause) -> dict[str, str]:
    return {
        "scope": pause.target.scope.value,
        "name": shown(pause.target),
        "cause": pause.cause.value,
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
