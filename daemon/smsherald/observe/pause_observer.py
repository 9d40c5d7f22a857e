"""Log and sentences of pauses: what may not be sent for now, why, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.policy.in_words import sentence, shown

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


def _fields(pause: Pause) -> dict[str, str]:
    return {
        "scope": pause.target.scope.value,
        "name": shown(pause.target),
        "cause": pause.cause.value,
    }
