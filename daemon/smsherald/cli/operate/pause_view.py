"""Pauses in words, as a table, or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from smsherald.cli.operate.pause_target import Names
from smsherald.cli.operate.terminal import console, moment, of_times, plain, printable, time_of_day
from smsherald.model import Pause, Scope, Target


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
    named_so = "" if target.scope is Scope.ALL else f" {shlex.quote(printable(target.name))}"
    if pause.until is None:
        end, ended_by = "until it is resumed", "with"
    else:
        end, ended_by = f"until {moment(pause.until)}", "earlier with"
    return (
        f"Paused: {named(target)}, since {moment(pause.since)}, {end}; end it {ended_by} "
        f"`smsherald resume --{target.scope}{named_so}`."
    )


def held_before(pause: Pause) -> str:
    """Say which pause of the same is replaced by a new one."""
    end = " until it is resumed" if pause.until is None else ""
    return f"It was paused already{end}, {_details(pause)}; this takes its place."


def resumed(target: Target, others: Sequence[Pause], *, dry_run: bool) -> str:
    """Say what goes on now, or would, and what else is still paused."""
    goes = "would go on" if dry_run else "goes on"
    what = named(target)
    first = f"{what[0].upper()}{what[1:]} {goes}"
    if not others:
        return f"{first}; nothing else is paused."
    if any(other.target.scope is Scope.ALL for other in others):
        first = f"The pause of {what} {'would end' if dry_run else 'has ended'}, but nothing {goes}"
        others = sorted(others, key=lambda other: other.target.scope is not Scope.ALL)
    else:
        first += ", but for what another pause covers"
    lines = (f"still paused: {in_words(other)}" for other in others)
    return "\n".join([f"{first}.", *lines])


def print_pauses(pauses: Sequence[Pause], names: Names | None, *, as_json: bool) -> None:
    """Print a line for each; `names` is None where nobody knows them."""
    if as_json:
        typer.echo(json.dumps([_fields(pause, names) for pause in pauses], indent=2))
        return
    if not pauses:
        typer.echo("No operator has paused anything.")
        return
    table = Table("scope", "name", "since (UTC)", "until", "who", "why")
    table.columns[0].no_wrap = True
    for column in table.columns[1], *table.columns[4:]:
        column.overflow = "fold"
    for column in table.columns[2:4]:
        of_times(column)
    for pause in pauses:
        name = plain(pause.target.name)
        if names is not None and names.problem(pause.target):
            name.append(" (matches nothing)", style="red")
        table.add_row(
            Text(pause.target.scope),
            name,
            time_of_day(pause.since),
            "resumed" if pause.until is None else time_of_day(pause.until),
            plain(pause.who),
            plain(pause.why),
        )
    console().print(table)


def in_words(pause: Pause) -> str:
    """Say what is paused, since when, until when, by whom and why, within a sentence."""
    return f"{named(pause.target)}, {_details(pause)}"


def _details(pause: Pause) -> str:
    end = "" if pause.until is None else f", until {moment(pause.until)}"
    why = f": {printable(pause.why)}" if pause.why else ""
    return f"since {moment(pause.since)}{end}, by {printable(pause.who)}{why}"


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
