"""Rows of the ledger on a terminal, or as JSON; numbers by their last two digits only."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smsherald.ledger.entry import Entry
from smsherald.ledger.versions import Change

_COLOURS = {
    "sent": "green",
    "failed": "red",
    "skipped": "yellow",
    "held": "magenta",
    "sending": "cyan",
    "free": "blue",
}
_SHORT_KEY = 12
"""Digits of a key in a table: enough for other commands, and for a terminal of 80 columns."""
_WIDE = 200
_TIMES = ("since", "claimed_at", "ended_at", "notified_at")


def print_list(entries: Sequence[Entry], *, as_json: bool) -> None:
    """Print a line for each."""
    if as_json:
        _print_json(entries)
        return
    table = Table("key", "state", "since", "flow", "reference", "to", "SID or reason")
    for column in table.columns[:3]:
        column.no_wrap = True
    for entry in entries:
        table.add_row(
            entry.key[:_SHORT_KEY],
            Text(entry.state, style=_COLOURS[entry.state]),
            _time(entry.since),
            *map(_plain, (entry.flow, entry.reference, _masked(entry), _ending(entry))),
        )
    _console().print(table)


def print_details(entries: Sequence[Entry], *, as_json: bool) -> None:
    """Print all there is of each."""
    if as_json:
        _print_json(entries)
        return
    for entry in entries:
        table = Table(show_header=False)
        for name, value in _fields(entry).items():
            shown = ", ".join(value) if isinstance(value, list) else value
            table.add_row(name, _plain(json.dumps(shown) if isinstance(shown, dict) else shown))
        _console().print(table)


def print_change(place: str, change: Change, *, as_json: bool) -> None:
    """Print what an upgrade did; in JSON `before` is null where there was no ledger."""
    if as_json:
        fields = {"ledger": place, **asdict(change), "before": change.before or None}
        fields["seconds"] = round(change.seconds, 3)
        typer.echo(json.dumps(fields, indent=2))
        return
    if change.upgraded:
        said = f"upgraded from version {change.before} to {change.after} in {change.seconds:.1f} s"
    elif change.before:
        said = f"is of version {change.after}: there is nothing to do"
    else:
        said = f"made, of version {change.after}"
    typer.echo(f"{place}: {said}")


def _console() -> Console:
    """Return a terminal as wide as it is; what is none cuts nothing."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    return console


def _print_json(entries: Sequence[Entry]) -> None:
    typer.echo(json.dumps([_fields(entry) for entry in entries], indent=2))


def _fields(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    fields |= {name: _time(fields[name]) for name in _TIMES if fields[name] is not None}
    fields["second_sids"] = list(entry.second_sids)
    fields["to"] = _masked(entry)
    del fields["phone_tail"]
    return fields


def _masked(entry: Entry) -> str:
    return f"•••{entry.phone_tail}"


def _ending(entry: Entry) -> str | None:
    return entry.sid or entry.result.get("reason")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _plain(value: object) -> Text:
    """Show a stranger's text as it is: no markup, nothing that moves the cursor."""
    text = "" if value is None else str(value)
    return Text(text if text.isprintable() else text.encode("unicode_escape").decode("ascii"))
