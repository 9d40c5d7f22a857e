"""What is said of the ledger while it works, and as the daemon ends."""

from __future__ import annotations

from structlog.testing import capture_logs

from smsherald.observe.health import Health
from smsherald.observe.ledger_observer import LedgerObserver
from smsherald.observe.metrics import Metrics

NOTE = "another daemon is called shop-1 too: give each its own SMSHERALD_INSTANCE"


def test_a_name_that_two_have_is_warned_of_once_and_noted_as_long_as_both_are_there() -> None:
    health = Health(["ledger"], lambda: 0.0)
    observer = LedgerObserver(health, Metrics([]))
    noted = []
    with capture_logs() as lines:
        for is_shared in (False, True, True, False, True):
            observer.name_shared("shop-1", is_shared=is_shared)
            noted.append(list(health.notes))

    assert noted == [[], [NOTE], [NOTE], [], [NOTE]]
    assert [(it["event"], it["log_level"]) for it in lines] == 2 * [("instance_shared", "warning")]


def test_one_that_is_left_as_it_is_away_is_a_warning() -> None:
    with capture_logs() as lines:
        LedgerObserver(Health(["ledger"], lambda: 0.0), Metrics([])).left("does not answer")

    ((event, level, problem),) = [(it["event"], it["log_level"], it["problem"]) for it in lines]
    assert (event, level, problem) == ("ledger_left", "warning", "does not answer")
