"""Pauses in words, in lines, or as JSON."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.pausing.own import Own
from smsherald.cli.operate.pausing.target import Names
from smsherald.cli.operate.terminal import moment, printable, utc, wrapped
from smsherald.model import Pause, Scope, Target
from smsherald.timeline import moment as in_utc
from smsherald.unit import ours


def named(target: Target) -> str:
    """Return what is paused, within a sentence."""
    match target.scope:
        case Scope.ALL:
            return "everything"
        case Scope.COUNTRY:
            return f"what goes to {printable(target.name)}"
        case scope:
            return f"the {scope} {printable(target.name)}"


def said(pause: Pause) -> str:
    """Say what is paused, since when, until when, and how to end it."""
    target = pause.target
    which = () if target.scope is Scope.ALL else (printable(target.name),)
    resume = ours(os.environ, "resume", f"--{target.scope}", *which)
    if pause.until is None:
        end, ended_by = "until it is resumed", "with"
    else:
        end, ended_by = f"until {utc(pause.until)}", "earlier with"
    return (
        f"Paused: {named(target)}, since {utc(pause.since)}, {end}; end it {ended_by} `{resume}`."
    )


def held_before(pause: Pause) -> str:
    """Say which pause of the same is replaced by a new one."""
    end = " until it is resumed" if pause.until is None else ""
    return f"It was paused already{end}, {_details(pause)}; this takes its place."


def print_resumed(target: Target, others: Sequence[Pause], own: Own, *, dry_run: bool) -> None:
    """Print what goes on now, or would, how much, and what else still holds it."""
    goes = "would go on" if dry_run else "goes on"
    what = named(target)
    first = f"{what[0].upper()}{what[1:]} {goes}"
    mine = list(own.pauses())
    if any(other.target.scope is Scope.ALL for other in others):
        first = f"The pause of {what} {'would end' if dry_run else 'has ended'}, but nothing {goes}"
        others = sorted(others, key=lambda other: other.target.scope is not Scope.ALL)
    elif others or mine:
        first += ", but for what another pause covers"
    elif own.said is None:
        first += "; no operator has paused anything else"
    else:
        first += "; nothing else is paused"
    wrapped(f"{first}.")
    if waits := own.waits(target):
        wrapped(f"{waits}.")
    for other in others:
        wrapped(f"still paused: {in_words(other)}")
    for each in mine:
        wrapped(f"still paused, by {own.name} itself: {each}")
    if own.said is None:
        wrapped(own.silent, err=True)


def print_no_such(target: Target, own: Own) -> None:
    """Print that no operator has paused it, and what ends what a daemon has paused by itself."""
    lists = f"`{ours(os.environ, 'pauses')}` lists what is"
    wrapped(f"no operator has paused {named(target)}; {lists}", err=True)
    mine = list(own.pauses(target))
    for each in mine:
        wrapped(f"paused by {own.name} itself: {each}", err=True)
    silent = own.said is None and target.scope not in {Scope.ALL, Scope.COUNTRY}
    if silent:
        wrapped(own.silent, err=True)
    if mine or silent:
        wrapped(
            "No command ends what a daemon has paused by itself: a text that goes out as a probe "
            "does, once Twilio takes it. After new credentials, reload the daemon.",
            err=True,
        )


def print_own(own: Own) -> None:
    """Print what a daemon has paused by itself."""
    if own.said is None:
        wrapped(own.silent, err=True)
        return
    found = list(own.pauses())
    if not found:
        wrapped(f"{own.name[0].upper()}{own.name[1:]} has paused nothing by itself.")
        return
    wrapped(f"Paused by {own.name} itself, until Twilio takes a probe:")
    for each in found:
        _listed(each)


def print_pauses(pauses: Sequence[Pause], names: Names | None, *, as_json: bool) -> None:
    """Print a line for each; `names` is None where nobody knows them."""
    if as_json:
        in_json.echo([_fields(pause, names) for pause in pauses])
        return
    if not pauses:
        typer.echo("No operator has paused anything.")
        return
    wrapped("Paused by operators:")
    for pause in pauses:
        unknown = names is not None and names.problem(pause.target)
        _listed(f"{'(matches nothing) ' if unknown else ''}{in_words(pause)}")


def _listed(text: str) -> None:
    wrapped(text, "  ", "    ")


def in_words(pause: Pause) -> str:
    """Say what is paused, since when, until when, by whom and why, within a sentence."""
    return f"{named(pause.target)}, {_details(pause)}"


def _details(pause: Pause) -> str:
    now = time.time()
    end = "" if pause.until is None else f", until {in_utc(pause.until, now)}"
    why = f": {printable(pause.why)}" if pause.why else ""
    return f"since {in_utc(pause.since, now)}{end}, by {printable(pause.who)}{why}"


def _fields(pause: Pause, names: Names | None) -> dict[str, Any]:
    return {
        "scope": pause.target.scope,
        "name": pause.target.name or None,
        "since": moment(pause.since),
        "until": moment(pause.until),
        "who": pause.who,
        "why": pause.why or None,
        "matches": None if names is None else names.problem(pause.target) is None,
    }
