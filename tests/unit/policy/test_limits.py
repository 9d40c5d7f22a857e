"""How many requests an account may have at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smsherald.policy.limits import Limit


def fill(limit: Limit, now: float) -> list[int]:
    """Let in all that there is room for."""
    entered = list[int]()
    while limit.has_room(now) and len(entered) < 1000:
        entered.append(limit.enter())
    return entered


def test_there_is_none_before_the_first_429() -> None:
    assert len(fill(Limit(100), 0.0)) == 1000


def test_a_429_halves_what_was_in_flight_however_many_come_back_with_one() -> None:
    limit = Limit(100)
    entered = [limit.enter() for _ in range(80)]
    for each in entered:
        limit.leave(each, 5.0, limited=True)

    assert limit.in_flight == 0
    assert len(fill(limit, 5.0)) == 40


def test_one_more_is_let_in_each_second_until_there_is_no_limit_again() -> None:
    limit = Limit(100)
    for each in [limit.enter() for _ in range(80)]:
        limit.leave(each, 0.0, limited=True)

    assert len(fill(limit, 10.5)) == 50
    assert limit.has_room(11.0)
    assert limit.has_room(70.0)
    assert len(fill(limit, 70.0)) == 1000


def test_the_next_429_halves_it_again() -> None:
    limit = Limit(100)
    for each in [limit.enter() for _ in range(80)]:
        limit.leave(each, 0.0, limited=True)
    for each in fill(limit, 0.0):
        limit.leave(each, 0.0, limited=True)

    assert len(fill(limit, 0.0)) == 20


def test_one_is_always_let_in() -> None:
    limit = Limit(100)
    for _ in range(20):
        limit.leave(limit.enter(), 0.0, limited=True)

    assert limit.has_room(0.0)
    limit.enter()
    assert not limit.has_room(0.9)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=200))
def test_it_counts_what_is_in_flight_whatever_comes_back(steps: list[tuple[bool, float]]) -> None:
    limit, out, now = Limit(10), [], 0.0
    for limited, wait in steps:
        now += wait
        if limit.has_room(now):
            out.append(limit.enter())
        elif out:
            limit.leave(out.pop(0), now, limited=limited)
        assert limit.in_flight == len(out)
    for each in out:
        limit.leave(each, now, limited=False)
    assert limit.has_room(now)
