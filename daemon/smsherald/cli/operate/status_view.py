"""What a daemon says of itself, in lines of a terminal."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.asking import Answer
from smsherald.cli.operate.terminal import wrapped
from smsherald.observe.systemd import running
from smsherald.timeline import moment, span
from smsherald.unit import meant

NOT_ASKED = "it is not asked, since the settings are wrong"
"""The ledger, where nobody knows which it is."""
_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows where no daemon says anything, as `--json` has it."""

    pauses: Sequence[str]
    """Operators', in words."""
    replicas: Sequence[Mapping[str, Any]]
    """Daemons that were seen there within the last minute."""
    unfinished: Mapping[str, Any]
    """What waits for a person, or to be told, as the daemon has it."""


def print_status(said: Mapping[str, Any]) -> None:
    """Print it: first whether it works, then why not, then what waits."""
    _line(_headline(said))
    for name, component in said["components"].items():
        if component["problem"]:
            _line(f"{name}: {component['problem']}{_since(component['seconds'])}", mark="✗")
    for name, seconds in said["stalled"].items():
        _line(f"{name}: no progress for {span(seconds)}; only a restart helps", mark="✗")
    if good := [name for name, it in said["components"].items() if not it["problem"]]:
        _line(", ".join(good), mark="✓")
    for pause in said["pauses"]:
        if pause["cause"] != _OPERATOR:
            since = moment(pause["since"], time.time())
            _line(f"{pause['scope']} {pause['name']}: {pause['cause']} since {since}", mark="!")
    for note in said["notes"]:
        _line(note, mark="!")
    typer.echo()
    _line(
        f"Waiting: {_count(said['in_queue'])} in the queue, {_count(said['in_retry_queues'])} in "
        f"its retry queues, {_count(said['parked'])} parked; {_count(said['in_flight'])} in flight."
    )
    _by_reason("Put off, to come again by itself", said.get("deferred"))
    _unfinished(said.get("unfinished") or {})
    _last_hour(said.get("last_hour") or {})
    _line(f"Flows: {', '.join(said['flows'])}")
    at = f" at {said['broker']}" if said.get("broker") else ""
    _line(
        f"smsherald {said['version']}, instance {said['instance']}, queue {said['queue']}{at}, "
        f"ledger {said['ledger']}"
    )
    _replicas(said.get("replicas", ()))


def _headline(said: Mapping[str, Any]) -> str:
    """Return the page's; where that has a colour for what is not good, a terminal has capitals."""
    headline = str(said["headline"])
    verdict, colon, why = headline.partition(":")
    return headline if verdict.startswith("Ready") else f"{verdict.upper()}{colon}{why}"


def _by_reason(what: str, counted: Mapping[str, int] | None) -> None:
    if counted:
        parts = (f"{count:,} {reason}" for reason, count in sorted(counted.items()))
        _line(f"{what}: {', '.join(parts)}.")


def _unfinished(counted: Mapping[str, Any]) -> None:
    """Say of what the ledger holds how much waits, where it is known."""
    _by_reason("Parked, until a person acts", counted.get("parked"))
    if held := counted.get("held"):
        _line(f"Held, until a person decides: {held:,}.")
    if outbox := counted.get("outbox"):
        _line(f"Notifications that are still to be published: {outbox:,}.")


def _last_hour(minutes: Mapping[str, Sequence[int]]) -> None:
    """Say what became of SMSes and events here: a text that failed is nothing to wait for."""
    counted = {word: sum(counts) for word, counts in minutes.items()}
    parts = (f"{count:,} {word}" for word, count in counted.items() if count)
    _line(f"In the last hour: {', '.join(parts) or 'nothing'}.")


def print_unsaid(address: str, answer: Answer, known: Known | str, *, as_json: bool) -> None:
    """Print why no daemon says anything, and what the ledger knows, or why it is silent."""
    if as_json:
        daemon = "refuses" if answer.refused else "another" if answer.another else None
        fields = {"ready": False, "daemon": daemon, "why": answer.why}
        fields |= asdict(known) if isinstance(known, Known) else {"pauses": known}
        in_json.echo(fields)
        return
    silence = answer.silence(address)
    silence = f"{silence[0].upper()}{silence[1:]}."
    if answer.refused:
        _line(silence, mark="✗")
        _line(f"Set http.token as the daemon has it. {address}/readyz tells without it.")
    elif answer.another:
        _line(f"{silence} Nothing is known of what this configuration's does.", mark="✗")
        _where_to_look()
        _line("Or it runs, with queue and ledger of before: it takes others by a restart alone.")
    else:
        _line(f"{silence} Nothing is known of what it does.", mark="✗")
        _where_to_look()
    if isinstance(known, str):
        _line(f"The ledger: {known}", mark="✗")
        return
    if not known.pauses:
        _line("No operator has paused anything.")
    for pause in known.pauses:
        _line(f"paused: {pause}", mark="!")
    _unfinished(known.unfinished)
    _replicas(known.replicas)


def print_unaskable(*, as_json: bool) -> None:
    """Print that no daemon can be asked, since the settings do not lead to one."""
    why = "http.listen is wrong, too, or has port 0: nobody knows where the daemon listens"
    if as_json:
        in_json.echo({"ready": False, "daemon": None, "why": why, "pauses": NOT_ASKED})
        return
    _line(f"No daemon is asked: {why}.", mark="✗")
    _where_to_look()


def print_not_read(address: str) -> None:
    """Print of a daemon that has said all this that it would not start again as it is."""
    _line(
        f"The daemon at {address} goes on with the settings that it read before; those that are "
        "there now are wrong, and with them it starts no more.",
        mark="!",
    )


def print_differs(configured: str) -> None:
    """Print what this configuration has else than the daemon; nothing where that is empty."""
    if configured:
        _line(
            f"This configuration has {configured}: the daemon runs with what it read before, until "
            "a restart, or has an environment that this command has not.",
            mark="!",
        )


def _where_to_look() -> None:
    units = meant(os.environ, running())
    status, log = " ".join(units), " ".join(f"-u {name}" for name in units)
    _line(f"See whether it runs (systemctl status {status}), and its log (journalctl {log}).")


def _replicas(replicas: Sequence[Mapping[str, Any]]) -> None:
    if names := [f"{it['instance']} ({it['version']})" for it in replicas]:
        _line(f"Seen on this ledger within the last minute: {', '.join(names)}.")


def _line(text: str, mark: str = "") -> None:
    first, indent = (f"{mark} ", "  ") if mark else ("", "")
    wrapped(text, first, indent)


def _count(number: int | None) -> str:
    return "an unknown number" if number is None else f"{number:,}"


def _since(seconds: float | None) -> str:
    return "" if seconds is None else f" (for {span(seconds)})"
