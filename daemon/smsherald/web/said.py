"""What the daemon says of itself: to programs, to the command `status`, and to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from smsherald.model import Scope
from smsherald.observe.health import Health

Status: TypeAlias = Callable[[], Mapping[str, object]]

NOTHING: Final[Mapping[str, Any]] = {
    "at": None,
    "version": "",
    "instance": "",
    "queue": "",
    "ledger": "",
    "in_flight": None,
    "in_queue": None,
    "in_retry_queues": None,
    "parked": None,
    "pauses": (),
    "deferred": {},
    "unfinished": None,
    "last_hour": {},
    "flow_outcomes": {},
    "last_events": (),
}
"""What is shown where the parts say nothing yet."""


def said(health: Health, status: Status) -> dict[str, Any]:
    """Return it, as JSON has it; what `status` returns stands beside what health knows."""
    more = status()
    tone, headline = _verdict(health, more.get("pauses"))
    return {
        "ready": health.ready,
        "alive": health.alive,
        "tone": tone,
        "headline": headline,
        "components": {
            name: {"problem": problem, "seconds": health.lasted(name)}
            for name, problem in health.components.items()
        },
        "stalled": dict(health.stalled),
        "notes": list(health.notes),
        **more,
    }


def essence(all_of_it: Mapping[str, Any]) -> object:
    """Return it without what only goes on by the clock."""
    problems = {name: it["problem"] for name, it in all_of_it["components"].items()}
    return {**all_of_it, "at": None, "components": problems}


def _verdict(health: Health, pauses: Any) -> tuple[str, str]:
    """Say whether texts go out: *good*, *held* where a person wants it not, or *bad*."""
    if not (health.ready and health.alive):
        return "bad", "Not ready: see below."
    if any(pause["scope"] == Scope.ALL for pause in pauses or ()):
        return "held", "Paused: nothing is sent."
    if pauses:
        return "held", "Ready, but some texts are paused."
    return "good", "Ready: texts go out."
