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

    def test_a_look_is_taken_whenever_somebody_asks(self, health: Health) -> None:
        seen: list[str] = []
        health.problem("broker", None)
        health.problem("ledger", None)
        health.look("broker", "age", lambda: seen[-1] if seen else None)
        assert health.components == {"broker": None, "ledger": None}

        seen.append("11 s")
        assert not health.ready
        assert health.components == {"broker": "11 s", "ledger": None}

    def test_what_looks_see_stands_beside_what_was_said_until_they_end(
        self, health: Health
    ) -> None:
        health.problem("broker", "refused")
        health.look("broker", "age", lambda: "old")
        health.look("broker", "size", lambda: "large")
        assert health.components["broker"] == "refused; old; large"

        health.look("broker", "age", None)
        health.look("broker", "never there", None)
        assert health.components["broker"] == "refused; large"

    def test_a_look_at_a_component_that_was_never_named_is_a_mistake(self, health: Health) -> None:
        with pytest.raises(KeyError, match="brokr"):
            health.look("brokr", "age", None)

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
