"""A text can go out twice where two ledgers know of one event: who sees a sign of it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from smsherald.model import Delivery
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.observe.settle_observer import DANGER, SettleObserver
from smsherald.settle.other_ledger import ANOTHER, AT_FIRST, NEW, OtherLedger
from smsherald.testing import SetClock

LEDGER = "x-smsherald-ledger"
COPY = {LEDGER: "another"}


@dataclass
class Ours:
    """Our ledger."""

    id: str = "ours"
    is_new: bool = False


@dataclass(eq=False)
class ASession:
    """Brings deliveries, without a break at first."""

    steady: bool = True


SESSION = ASession()


def delivery(
    headers: dict[str, Any] | None = None, *, exchange: str = "", redelivered: bool = False
) -> Delivery:
    properties = {"headers": headers or {}}
    return Delivery(b"{}", properties, exchange, "smsherald", redelivered=redelivered, tag=1)


@pytest.mark.parametrize(
    ("brought", "said"),
    [
        (delivery(COPY), ANOTHER),
        (delivery({LEDGER: "ours"}), None),
        (delivery({}), None),
        (delivery({LEDGER: ""}), None),
        (delivery({LEDGER: 7}), None),
        (delivery({LEDGER: b"another"}), None),
        (delivery({LEDGER: ["another"]}), None),
        # Anybody can write our headers; only copies come by the default exchange.
        (delivery(COPY, exchange="events"), None),
        (delivery(redelivered=True, exchange="events"), None),
    ],
)
def test_a_copy_says_which_ledger_knows_it(brought: Delivery, said: str | None) -> None:
    assert OtherLedger(Ours(), SetClock()).known_by(brought, SESSION) == said


class TestANewLedger:
    """What is brought to it a second time was begun beside another, or beside none."""

    def test_does_not_know_what_was_begun_before(self) -> None:
        looking = OtherLedger(Ours(is_new=True), SetClock())

        assert looking.known_by(delivery(exchange="events"), SESSION) is None
        assert looking.known_by(delivery(exchange="events", redelivered=True), SESSION) == NEW

    def test_knows_what_was_begun_after(self) -> None:
        clock = SetClock()
        looking = OtherLedger(Ours(is_new=True), clock)
        clock.move(1000.0)  # The broker was away; what it brings at first still counts.
        assert looking.known_by(delivery(redelivered=True), SESSION) == NEW

        clock.move(AT_FIRST)

        assert looking.known_by(delivery(redelivered=True), SESSION) is None
        assert looking.known_by(delivery(COPY), SESSION) == ANOTHER

    def test_is_not_blamed_for_what_a_later_session_brings_again(self) -> None:
        looking = OtherLedger(Ours(is_new=True), SetClock())
        looking.known_by(delivery(exchange="events"), SESSION)

        assert looking.known_by(delivery(redelivered=True), ASession()) is None

    def test_is_not_blamed_for_what_was_on_its_way_when_none_was_asked_for_any_more(self) -> None:
        looking, session = OtherLedger(Ours(is_new=True), SetClock()), ASession()
        looking.known_by(delivery(exchange="events"), session)
        session.steady = False

        assert looking.known_by(delivery(redelivered=True), session) is None


def test_the_danger_is_logged_once_and_said_in_health_until_its_signs_have_ended() -> None:
    clock = SetClock()
    health = Health(("publisher", "queue"), clock.monotonic)
    observer = SettleObserver(health, Metrics([]), Recent(), clock)
    assert list(health.components.values()) == [None, None]

    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            clock.move(DANGER - 1)
            observer.another_ledger(ANOTHER)

    assert [(line["event"], line["log_level"], line["why"]) for line in logged] == [
        ("another_ledger", "warning", ANOTHER)
    ]
    assert health.components["queue"] == ANOTHER
    clock.move(DANGER)
    assert health.components["queue"] is None
