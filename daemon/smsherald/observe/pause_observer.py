"""Log and sentences of pauses: what may not be sent for now, why, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.policy.in_words import sentence, shown
from smsherald.policy.in_words import waiting as wait

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
    """Of all pauses that hold, for a person.

    `waiting` says how many events wait in the broker, which nobody knows of a pause: the number
    stands once, beside one that holds all of them, else by itself. `alone`: there is one account.
    """

    def __init__(
        self,
        holding: Callable[[], Iterable[Pause]],
        waiting: Callable[[], int],
        now: Callable[[], float],
        *,
        alone: Callable[[], bool],
    ) -> None:
        self._holding = holding
        self._waiting = waiting
        self._now = now
        self._alone = alone

    def problems(self) -> Sequence[str]:
        """Return those of accounts that Twilio refuses or does not answer: they look at nobody."""
        return [f"{said}; {_hint(pause)}" for pause, said in self._said() if is_problem(pause)]

    def notes(self) -> Sequence[str]:
        """Return the others: what they cover waits because somebody said so, or for what it is."""
        said = self._said()
        notes = [each for pause, each in said if not is_problem(pause)]
        if (waiting := self._waiting()) and said and not any(map(self._holds_all, self._holding())):
            notes.append(f"{wait(waiting)} in all")
        return notes

    def covered(self, account: str) -> bool:
        """Say whether one of those is about an account's connection."""
        return any(
            pause.cause is Cause.UNANSWERED and pause.target == Target(Scope.ACCOUNT, account)
            for pause in self._holding()
        )

    def _said(self) -> Sequence[tuple[Pause, str]]:
        """Return each with its sentence; the first that holds all says how many events wait."""
        now, waiting, said = self._now(), self._waiting(), []
        for pause in sorted(self._holding(), key=is_problem, reverse=True):
            words = sentence(pause, now)
            if waiting and self._holds_all(pause):
                words, waiting = f"{words}; {wait(waiting)}", 0
            said.append((pause, words))
        return said

    def _holds_all(self, pause: Pause) -> bool:
        target = pause.target
        return target.scope is Scope.ALL or (target.scope is Scope.ACCOUNT and self._alone())


def is_problem(pause: Pause) -> bool:
    """Say whether nothing is sent though nobody wants that."""
    return pause.cause.is_trouble and pause.target.scope is Scope.ACCOUNT


def _hint(pause: Pause) -> str:
    """Name the command that says what to do: it knows Twilio's codes, and causes."""
    code = pause.why.partition(" ")[0]
    return f"smsherald explain {code if code.isdecimal() else pause.cause} says what to do"


def _fields(pause: Pause) -> dict[str, str]:
    return {
        "scope": pause.target.scope.value,
        "name": shown(pause.target),
        "cause": pause.cause.value,
    }
