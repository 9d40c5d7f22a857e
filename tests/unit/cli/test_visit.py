"""What a visit to the parked queue remembers of what it has taken away."""

from __future__ import annotations

from typing import cast

from smsherald.cli.operate.parked.visit import Visit
from smsherald.model import Delivery
from smsherald.settle.port import Session


class Acking:
    """A session's part in it."""

    def __init__(self) -> None:
        self.acked: list[int] = []

    def ack(self, tag: int) -> None:
        self.acked.append(tag)


def dead(tag: int, body: bytes = b"{}") -> Delivery:
    """Return what the broker has parked by itself: nothing in it says when."""
    deaths = [{"reason": "expired", "exchange": "events", "routing-keys": ["order.created"]}]
    return Delivery(body, {"headers": {"x-death": deaths}}, "", "q", redelivered=False, tag=tag)


def visit(session: Session, *deliveries: Delivery) -> Visit:
    found = Visit(session, ready=len(deliveries), others=0)
    for delivery in deliveries:
        found.take(delivery, lambda _: True)
    return found


def test_one_of_two_that_are_alike_is_still_there_when_the_other_is_gone() -> None:
    session = Acking()
    both = visit(cast("Session", session), dead(1), dead(2), dead(3, b"[]"))
    first, second, _ = both.found
    assert first.entry.id == second.entry.id

    both.take_away(first)
    assert (both.gone, len(both.entries)) == (set(), 2)

    both.take_away(second)
    assert (both.gone, len(both.entries)) == ({first.entry.stay}, 1)
    assert session.acked == [1, 2]
