"""Which retry tier an event waits in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.settle.tiers import about, not_before

TIERS = (5.0, 30.0, 120.0, 600.0, 3600.0)


@pytest.mark.parametrize(
    ("wait", "least", "tier"),
    [
        (None, 0, 0),
        (None, 3, 3),
        (None, 99, 4),
        (0.0, 0, 0),
        (5.0, 0, 0),
        (5.1, 0, 1),
        (31.0, 0, 2),
        (1.0, 2, 2),
        (121.0, 1, 3),
        (99_999.0, 0, 4),
    ],
)
def test_not_before_is_never_too_early_and_no_shorter_than_the_attempt(
    wait: float | None, least: int, tier: int
) -> None:
    assert not_before(TIERS, wait, least) == tier


@pytest.mark.parametrize(
    ("wait", "tier"),
    [(0.0, 0), (4.0, 0), (12.0, 0), (13.0, 1), (30.0, 1), (200.0, 2), (600.0, 3), (99_999.0, 4)],
)
def test_about_is_neither_much_sooner_nor_much_later(wait: float, tier: int) -> None:
    assert about(TIERS, wait) == tier


@given(st.floats(0, 10_000), st.integers(0, 9))
def test_they_keep_their_words(wait: float, least: int) -> None:
    later, near = not_before(TIERS, wait, least), about(TIERS, wait)

    assert TIERS[later] >= min(wait, TIERS[-1])
    assert later >= min(least, len(TIERS) - 1)
    # No further than the middle between two tiers, which are six times apart at most.
    assert TIERS[near] <= 2.5 * max(wait, TIERS[0])
    assert TIERS[near] >= min(wait, TIERS[-1]) / 2.5
