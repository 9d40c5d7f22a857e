"""What the daemon says of itself: to programs, to the command `status`, and to the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from smsherald.model import Cause, Scope
from smsherald.observe.health import Health

Status: TypeAlias = Callable[[], Mapping[str, object]]

NOTHING: Final[Mapping[str, Any]] = {
    "at": None,
    "version": "",
    "instance": "",
    "queue": "",
    "ledger": "",
    "broker": None,
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


@dataclass(frozen=True, slots=True)
class Whose:
    """Which daemon says it: at one address another may answer than is meant."""

    instance: str
    queue: str
    ledger: str
    """Where it is, as a log may show it."""
    invocation: str | None = None
    """What systemd calls this start of the unit; None outside of one."""


_REFUSED: Final = "The last change of the configuration was refused; the one before it holds."
_DOUBTED: Final = "But not all may be as is meant: see below."


def said(health: Health, status: Status) -> dict[str, Any]:
    """Return it, as JSON has it; what `status` returns stands beside what health knows."""
    more: Mapping[str, Any] = status()
    tone, headline = _verdict(health, more)
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
        "notes": [*health.notes, *more.get("remarks", ())],
        "doubts": list(health.doubts),
        **more,
    }


def essence(all_of_it: Mapping[str, Any]) -> object:
    """Return it without what only goes on by the clock."""
    problems = {name: it["problem"] for name, it in all_of_it["components"].items()}
    return {**all_of_it, "at": None, "components": problems}


def _verdict(health: Health, more: Mapping[str, Any]) -> tuple[str, str]:
    """Say whether texts go out: *good*, *held* where a person has something to see, or *bad*."""
    tone, headline = _sending(health, more.get("pauses") or ())
    refused = [_REFUSED] if more.get("refused") is not None else []
    # Who has something to mend first has it below, as well.
    beside = refused + ([_DOUBTED] if health.doubts and tone != "bad" else [])
    if beside and tone == "good":
        tone = "held"
    return tone, " ".join([headline, *beside])


def _sending(health: Health, pauses: Collection[Mapping[str, Any]]) -> tuple[str, str]:
    if not (health.ready and health.alive):
        silent = [str(pause["name"]) for pause in pauses if _is_problem(pause)]
        if silent and _only_twilio(health):
            return "bad", f"Not ready: nothing is sent by account {', '.join(silent)}; see below."
        return "bad", "Not ready: see below."
    if any(pause["scope"] == Scope.ALL for pause in pauses):
        return "held", "Paused: nothing is sent; see below."
    if pauses:
        return "held", "Ready, but some texts are paused: see below."
    return "good", "Ready: texts go out."


def _only_twilio(health: Health) -> bool:
    return health.alive and all(
        name == "twilio" or not problem for name, problem in health.components.items()
    )


def _is_problem(pause: Mapping[str, Any]) -> bool:
    return pause["scope"] == Scope.ACCOUNT and Cause(pause["cause"]).is_trouble
