"""What a person asks of a running daemon, beside whether it works: the parts fill it in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from smsherald.model import Pause, Remembered, Replica, Unfinished
from smsherald.policy.in_words import shown
from smsherald.settle.port import Lengths


class History(Protocol):
    """The ledger, as a person asks it through a daemon."""

    async def about(self, wanted: str, events: Collection[str]) -> Remembered:
        """Return what is known of a reference, event id, SID or key, and of events by their ids."""
        ...

    async def about_phone(self, number: str) -> Remembered:
        """Return what is known of the SMSes to a number (E.164)."""
        ...


@dataclass(slots=True)
class Status:
    """As of now; None is what nobody knows yet."""

    pauses: Callable[[], Iterable[Pause]] = tuple
    in_flight: Callable[[], int] = int
    lengths: Lengths | None = None
    unfinished: Unfinished | None = None
    replicas: Collection[Replica] = ()
    """All daemons on the ledger that were seen there of late, this one too."""
    refused: str | None = None
    """Why the configuration that was read last does not hold; None where it does."""
    doubted: Sequence[str] = ()
    """What of the one that holds is hardly meant, so that texts may go by another setting."""
    broker: Callable[[], str | None] = lambda: None
    """The broker that the connections stand to, as a log may show it; None where they do not."""
    twilio_asked: Callable[[], bool] = lambda: True
    """Whether anything was asked of Twilio since the start."""
    new_ledger: str | None = None
    """Where the ledger is that this process has made; None where it was there before."""
    history: History | None = None
    """None before the ledger is open."""

    def figures(self) -> dict[str, int | None]:
        """Return what is under way, and what waits where."""
        known = self.lengths
        return {
            "in_flight": self.in_flight(),
            "in_queue": None if known is None else known.ready,
            "in_retry_queues": None if known is None else known.retrying,
            "parked": None if known is None else known.parked,
        }

    def others(self, instance: str) -> list[Mapping[str, Any]]:
        """Return the other daemons on the ledger; times in seconds since the epoch."""
        return [asdict(each) for each in self.replicas if each.instance != instance]

    def holding(self) -> list[Mapping[str, Any]]:
        """Return the pauses; times in seconds since the epoch, no number whole."""
        return [
            {
                "scope": pause.target.scope.value,
                "name": shown(pause.target) or None,
                "cause": pause.cause.value,
                "why": pause.why or None,
                "who": pause.who or None,
                "since": pause.since,
                "until": pause.until,
                "probe": pause.probe,
            }
            for pause in self.pauses()
        ]
