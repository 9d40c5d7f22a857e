"""Which requests get which faults."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.sandbox.faults import LONGEST, Fault, Faults, Kind, Operation


def given(faults: Faults, requests: int, operation: Operation = Operation.CREATE) -> list[bool]:
    return [faults.draw(operation).fault is not None for _ in range(requests)]


def test_a_fault_is_given_as_often_as_it_says_and_no_more() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.REFUSE, times=2))

    assert given(faults, 4) == [True, True, False, False]
    assert faults.given == {Kind.REFUSE: 2}
    assert faults.waiting() == {}


def test_a_fault_without_an_end_lasts_until_it_is_removed() -> None:
    faults = Faults()
    fault_id = faults.add(Fault(kind=Kind.REFUSE, times=None))

    assert all(given(faults, 10))
    assert faults.remove(fault_id)
    assert not any(given(faults, 10))
    assert not faults.remove(fault_id)


def test_a_fault_of_one_operation_leaves_the_others_alone() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.REFUSE, operation=Operation.LIST))

    assert given(faults, 1, Operation.CREATE) == [False]
    assert given(faults, 1, Operation.FETCH) == [False]
    assert given(faults, 1, Operation.LIST) == [True]


def test_chance_hits_its_share_and_the_same_requests_for_the_same_seed() -> None:
    runs = []
    for seed in (7, 7, 8):
        faults = Faults()
        faults.add(Fault(kind=Kind.REFUSE, times=None, probability=0.2, seed=seed))
        runs.append(given(faults, 1000))

    assert runs[0] == runs[1] != runs[2]
    assert 150 < sum(runs[0]) < 250


def test_delays_come_on_top_and_only_one_of_the_others_is_given_at_a_time() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.LATENCY, seconds=1))
    faults.add(Fault(kind=Kind.TRUNCATED))
    faults.add(Fault(kind=Kind.REFUSE))
    faults.add(Fault(kind=Kind.LATENCY, seconds=2))
    faults.add(Fault(kind=Kind.LISTING_LAG, seconds=3))

    first, second = faults.draw(Operation.CREATE), faults.draw(Operation.CREATE)

    assert (first.latency, first.lag) == (3, 3)
    assert first.fault is not None
    assert first.fault.kind is Kind.TRUNCATED
    assert (second.latency, second.lag) == (0, 0)
    assert second.fault is not None
    assert second.fault.kind is Kind.REFUSE


def test_delays_together_stay_within_the_bound() -> None:
    faults = Faults()
    for _ in range(3):
        faults.add(Fault(kind=Kind.LATENCY, seconds=LONGEST))

    assert faults.draw(Operation.CREATE).latency == LONGEST


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("times", {"times": 0}),
        ("probability", {"probability": 0}),
        ("probability", {"probability": 1.1}),
        ("seconds", {"seconds": -1}),
        ("seconds", {"seconds": LONGEST + 1}),
        ("retry_after", {"retry_after": -1}),
        ("operation", {"kind": Kind.LISTING_LAG, "operation": Operation.LIST}),
        ("operation", {"kind": Kind.ACCEPT_LATE, "operation": Operation.FETCH}),
        ("accepted", {"kind": Kind.RATE_LIMITED, "accepted": True}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_its_field(
    field: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        Fault(**{"kind": Kind.LATENCY, **wrong})
