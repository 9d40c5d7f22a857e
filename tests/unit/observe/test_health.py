"""Health: readiness is what components say, liveness is what still goes round."""

from __future__ import annotations

import pytest

from smsherald.observe.health import Health


class Time:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def health(time: Time) -> Health:
    return Health(["broker", "ledger"], time)


class TestReadiness:
    """It is ready when no component has a problem."""

    def test_every_component_starts_with_a_problem(self, health: Health) -> None:
        assert health.components == {"broker": "starting", "ledger": "starting"}
        assert not health.ready

    def test_what_starts_late_says_what_it_waits_for(self, health: Health) -> None:
        health.problem("broker", "away")
        assert health.components["ledger"] == "starting; it waits for the broker"

        health.problem("broker", None)
        assert health.components["ledger"] == "starting"

    def test_a_start_says_what_it_waits_for_and_not_what_waits_for_that(
        self, health: Health
    ) -> None:
        assert health.start == "starting"

        health.problem("broker", "away")
        assert health.start == "starting; broker: away"
        assert health.problems == ["broker: away", "ledger: starting; it waits for the broker"]

        health.problem("broker", None)
        assert health.start == "starting"

    def test_it_is_known_since_when(self, health: Health, time: Time) -> None:
        time.now += 5
        health.problem("broker", "away")
        time.now += 5
        health.problem("broker", "still away")
        assert health.lasted("broker") == 10
        health.problem("broker", None)
        assert health.lasted("broker") == 0
        health.ask("ledger", lambda: "asked")
        assert health.lasted("ledger") is None

    def test_what_is_over_by_itself_is_well_since_then(self, health: Health, time: Time) -> None:
        health.problem("broker", "for a while", lasts=10)
        time.now += 4
        health.problem("broker", "for a while", lasts=10)
        assert health.lasted("broker") == 4
        time.now += 30
        assert health.lasted("broker") == 20
        health.problem("broker", None)
        assert health.lasted("broker") == 20
        time.now += 1
        health.problem("broker", "again", lasts=10)
        time.now += 2
        assert health.lasted("broker") == 2

    def test_one_component_that_works_is_not_enough(self, health: Health) -> None:
        health.problem("broker", None)

        assert not health.ready

    def test_it_is_ready_once_all_components_work(self, health: Health) -> None:
        health.problem("broker", None)
        health.problem("ledger", None)

        assert health.ready

    def test_a_problem_that_comes_back_makes_it_unready(self, health: Health) -> None:
        health.problem("broker", None)
        health.problem("ledger", None)
        health.problem("broker", "connection refused")

        assert not health.ready
        assert health.components["broker"] == "connection refused"

    def test_a_component_that_was_never_named_is_a_mistake(self, health: Health) -> None:
        with pytest.raises(KeyError, match="brokr"):
            health.problem("brokr", None)


class TestLiveness:
    """It is alive while everything that is expected to beat does."""

    def test_it_is_alive_while_nothing_is_expected(self, health: Health, time: Time) -> None:
        time.now += 1e6

        assert health.alive

    def test_a_peer_that_is_away_does_not_kill(self, health: Health) -> None:
        health.problem("broker", "connection refused")
        health.problem("ledger", "database is locked")

        assert health.alive

    def test_what_is_expected_has_its_whole_time_from_the_start(
        self, health: Health, time: Time
    ) -> None:
        health.expect("loop", within=5)
        time.now += 5

        assert health.alive

    def test_what_does_not_beat_in_time_is_named_with_its_silence(
        self, health: Health, time: Time
    ) -> None:
        health.expect("loop", within=5)
        health.expect("session", within=60)
        time.now += 6

        assert not health.alive
        assert health.stalled == {"loop": 6}

    def test_a_beat_starts_the_time_anew(self, health: Health, time: Time) -> None:
        health.expect("loop", within=5)
        time.now += 4
        health.beat("loop")
        time.now += 4

        assert health.alive

    def test_what_beats_again_is_alive_again(self, health: Health, time: Time) -> None:
        health.expect("loop", within=5)
        time.now += 60
        health.beat("loop")

        assert health.alive
