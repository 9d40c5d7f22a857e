"""Who is told what becomes of deliveries."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from smsherald.model import Delivery, Event, Settlement
from smsherald.settle.publications import Publication


class Observer(Protocol):
    """Called on the loop; must return at once and not raise."""

    def settled(
        self,
        delivery: Delivery,
        event: Event | None,
        settlement: Settlement,
        publications: Collection[Publication],
        duration: float,
    ) -> None:
        """Learn of a delivery that was acked; `event` is None where the bytes were none.

        `publications` are confirmed; `duration` in seconds, from delivery to ack.
        """
        ...

    def unexpected(self, event: Event | None, error: Exception) -> None:
        """Learn of a defect of ours that an event has met; called where `error` was caught."""
        ...

    def another_ledger(self, why: str) -> None:
        """Learn that what was delivered may have been sent by another ledger, as `why` says."""
        ...

    def refused(self, publications: int, wait: float) -> None:
        """Learn that the broker would not take so many publications of one event.

        They are published again after `wait` seconds.
        """
        ...

    def waiting(self, events: int) -> None:
        """Learn how many events wait now because the broker would not take what is about them."""
        ...

    def notified(self, routing_key: str) -> None:
        """Learn of a confirmed notification that is about no delivery."""
        ...
