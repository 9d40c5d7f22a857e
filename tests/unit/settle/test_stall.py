"""When a session is made anew: never while a daemon is only slow, or held up."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from smsherald.settle.stall import LONGEST_GAP, SELDOM, Stall
from smsherald.testing import SetClock

PATIENCE = 60.0
EVERY = 10.0


@dataclass
class Watch:
    """Looks every ten seconds, as the daemon does."""

    clock: SetClock = field(default_factory=SetClock)
    done: int = 0

    def __post_init__(self) -> None:
        self.stall = Stall(PATIENCE, self.clock)
        self.stall.look(done=self.done, ready=0, held_up=False)

    def look(
        self, *, ready: int | None = 5, held_up: bool = False, done: int = 0, after: float = EVERY
    ) -> str | None:
        """Look once; `done` more have ended since."""
        self.clock.move(after)
        self.done += done
        return self.stall.look(done=self.done, ready=ready, held_up=held_up)

    def looks(self, seconds: float) -> list[str]:
        """Look for so long while nothing ends; return what was said."""
        said = (self.look() for _ in range(round(seconds / EVERY)))
        return [why for why in said if why is not None]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_it_is_said_once_patience_is_over(watch: Watch) -> None:
    assert watch.looks(PATIENCE) == []
    assert watch.look() == "nothing was settled for 60 s, and 5 events are ready"
    assert not watch.stall.hopeless


@pytest.mark.parametrize(
    ("ready", "held_up", "done"),
    [
        pytest.param(0, False, 0, id="nothing to do"),
        pytest.param(None, False, 0, id="nobody knows"),
        pytest.param(5, True, 0, id="held up by something known"),
        pytest.param(5, False, 1, id="something has ended"),
    ],
)
def test_one_such_look_begins_the_wait_anew(
    watch: Watch,
    ready: int | None,
    held_up: bool,  # noqa: FBT001 - a case of the table
    done: int,
) -> None:
    watch.looks(PATIENCE)
    assert watch.look(ready=ready, held_up=held_up, done=done) is None

    assert watch.looks(PATIENCE) == []
    assert watch.look() is not None


def test_one_look_is_never_enough(watch: Watch) -> None:
    assert watch.look(after=10 * PATIENCE) is None


def test_a_process_that_was_stopped_has_seen_no_stall(watch: Watch) -> None:
    watch.look()
    assert watch.look(after=3600.0) is None
    # What it adds at most, and no more.
    assert watch.looks(PATIENCE - LONGEST_GAP - EVERY) == []


def test_it_is_said_seldom(watch: Watch) -> None:
    assert len(watch.looks(SELDOM)) == 1
    assert len(watch.looks(2 * PATIENCE)) == 1


def test_two_in_vain_are_enough(watch: Watch) -> None:
    assert len(watch.looks(2 * SELDOM)) == 2
    assert watch.stall.hopeless
    assert watch.looks(2 * SELDOM) == []


@pytest.mark.parametrize("helped", [1, 2])
def test_where_it_helped_there_is_hope_again(watch: Watch, helped: int) -> None:
    for _ in range(helped):
        assert len(watch.looks(SELDOM)) == 1
    watch.looks(PATIENCE)
    watch.look(done=1)

    assert not watch.stall.hopeless
    assert len(watch.looks(2 * SELDOM)) == 2


def test_it_is_not_hopeless_while_there_is_nothing_to_do(watch: Watch) -> None:
    watch.looks(2 * SELDOM)
    watch.look(ready=0)

    assert not watch.stall.hopeless
    # Nothing has shown yet that the last session works.
    assert watch.looks(2 * SELDOM) == []
    assert watch.stall.hopeless
