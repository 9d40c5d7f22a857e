"""A copy carries on just what templates see: both ask one function."""

from __future__ import annotations

import pytest

from smsherald.events import headers


@pytest.mark.parametrize(
    "name",
    [
        headers.ROUTING_KEY,
        headers.PARKED_AT,
        "X-SMSHerald-Attempt",
        "x-smsherald-of-a-later-version",
        "x-death",
        "X-Death",
        "x-first-death-queue",
        "x-last-death-reason",
        "x-delivery-count",
        "CC",
        "BCC",
        b"\xff",
    ],
)
def test_what_is_ours_or_the_brokers_is_not_the_publishers(name: str | bytes) -> None:
    assert headers.publishers({name: 1, "tenant": "a"}) == {"tenant": "a"}


@pytest.mark.parametrize("name", ["cc", "x-deathly", "x-delivery", "smsherald", ""])
def test_what_only_looks_like_it_stays(name: str) -> None:
    assert headers.publishers({name: 1}) == {name: 1}
