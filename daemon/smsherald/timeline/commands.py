"""Commands as they stand in a sentence: each works as it is, so that nothing in one is cut."""

from __future__ import annotations

import os

from smsherald.errors import Foreign
from smsherald.model import Cause, Pause, Row, Scope
from smsherald.unit import UNIT, ours

KEY_DIGITS = 12
"""Digits of a row's key that commands are given: they need ten."""
ID_DIGITS = 10
"""The same of what is parked."""
_LONGEST = 200
"""Characters of a name in a command; an event's id may have as many."""


def command(*words: str) -> str:
    """Write a command of ours as a shell takes it."""
    return f"`{ours(os.environ, *words)}`"


def ask(wanted: str, unit: str | None = None) -> str:
    """Ask another daemon of the same: that of a unit of this host, or the one where this is run."""
    # A number is never written out.
    is_shown = _can_be_typed(wanted) and not wanted.startswith("+")
    asks = ours({UNIT: unit or ""}, "why", wanted if is_shown else "REFERENCE")
    return f"`{asks}`"


def why(*names: object) -> str:
    """Ask what became of something, by the first of its names that can be typed."""
    typed = (name for name in names if isinstance(name, str) and _can_be_typed(name))
    return command("why", next(typed, "EVENT-ID"))


def listing(reference: object, event_id: object) -> str:
    """List what is parked of this name, or all of it where it has none that can be typed."""
    return command("parked", "list", *_filter(reference, event_id))


def replay(reference: object, event_id: object, entry_id: str | None = None) -> str:
    """Bring it again, by a name that can be typed; `entry_id` is what is parked, where known."""
    if names := _filter(reference, event_id):
        return command("parked", "replay", *names)
    if entry_id is not None:
        return command("parked", "replay", entry_id[:ID_DIGITS])
    return f"{command('parked', 'replay', 'ID')} with the ID that {command('parked', 'list')} shows"


def resolve(row: Row) -> str:
    """Decide on an SMS that nobody knows the fate of."""
    key = row.key[:KEY_DIGITS]
    return (
        f"look for it in Twilio's log of messages ({command('ledger', 'show', key, '--reveal')}), "
        f"then {command('ledger', 'resolve', key, '--sent', 'SID')} or "
        f"{command('ledger', 'resolve', key, '--free')}"
    )


def explained(word: object, what: str) -> str:
    """Explain a code or a reason; `what` is what is said of it."""
    if isinstance(word, Foreign):
        return "another version wrote that reason, and explains it"
    return f"{command('explain', str(word))} {what}"


def resume(pause: Pause) -> str:
    """End an operator's pause; a sender's number is the operator's own, and whole."""
    scope, name = pause.target.scope, pause.target.name
    if scope is Scope.ALL:
        return f"{command('resume', '--all')} ends that"
    if not _can_be_typed(name):
        return f"{command('pauses')} lists it"
    return f"{command('resume', f'--{scope.value}', name)} ends that"


def ended_by(pause: Pause) -> str:
    """Say in brackets how a person ends it, or what says more."""
    if pause.cause is Cause.OPERATOR:
        return f" ({resume(pause)})"
    code, _, _ = pause.why.partition(" ")
    known = pause.cause in (Cause.REFUSED, Cause.FULL) and code.isdecimal()
    return f" ({explained(code, 'says what to do')})" if known else ""


def _filter(reference: object, event_id: object) -> tuple[str, ...]:
    for option, name in (("--reference", reference), ("--event-id", event_id)):
        if isinstance(name, str) and _can_be_typed(name):
            return option, name
    return ()


def _can_be_typed(name: str) -> bool:
    # Between backquotes one more would end the command.
    return 0 < len(name) <= _LONGEST and name.isprintable() and "`" not in name
