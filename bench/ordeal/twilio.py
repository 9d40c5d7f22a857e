"""What goes wrong at the sandbox: ordered once, given by chance to every request.

Times are in proportion to the settings in `stage.py`: nothing is taken later than
`ledger.late_accept` allows, nor listed later than `ledger.listing_lag`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.sandbox import SandboxProcess

SLOW = 0.2
"""Seconds that every request takes, so that there is something in flight."""
SLOWER = 0.4
LATE = 1.2
LAG = 0.7
HANG = 5.0
"""Longer than our timeout."""

_CREATE: tuple[Mapping[str, Any], ...] = (
    {"kind": "rate_limited", "retry_after": 1},
    {"kind": "internal_error"},
    {"kind": "internal_error", "accepted": True},
    {"kind": "unavailable"},
    {"kind": "unavailable", "accepted": True},
    {"kind": "refuse"},
    {"kind": "accept_then_reset"},
    {"kind": "accept_then_hang", "seconds": HANG},
    {"kind": "truncated"},
    {"kind": "accept_late", "seconds": LATE, "ending": "reset"},
    {"kind": "accept_late", "seconds": LATE, "ending": "hang"},
    {"kind": "accept_late", "seconds": LATE, "ending": "error"},
)
_LIST: tuple[Mapping[str, Any], ...] = (
    {"kind": "rate_limited", "retry_after": 1},
    {"kind": "unavailable"},
    {"kind": "accept_then_reset"},
    {"kind": "truncated"},
)


def order_faults(sandbox: SandboxProcess, probability: float, seed: int) -> None:
    """Order them: `probability` is that of anything but a delay, for sending and for listing."""
    sandbox.fault("latency", seconds=SLOW, times=None)
    for number, fault in enumerate(_faults(probability)):
        sandbox.fault(**fault, times=None, seed=seed + number)


def _faults(probability: float) -> Iterator[dict[str, Any]]:
    if not probability:
        return
    yield {"kind": "latency", "seconds": SLOWER, "probability": probability}
    yield {"kind": "listing_lag", "seconds": LAG, "probability": 0.5}
    for operation, faults in (("create", _CREATE), ("list", _LIST)):
        for fault in faults:
            share = probability / len(faults)
            yield {**fault, "operation": operation, "probability": share}
