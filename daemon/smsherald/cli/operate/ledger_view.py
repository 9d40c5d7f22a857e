"""Rows of the ledger on a terminal, or as JSON; numbers by their last two digits only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from smsherald.cli.operate.terminal import (
    console,
    moment,
    of_times,
    plain,
    print_fields,
    time_of_day,
)
from smsherald.ledger.sql.versions import Change
from smsherald.model import Row

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


def print_list(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print a line for each."""
    if as_json:
        _print_json(rows)
        return
    table = Table("key", "state", "since (UTC)", "flow", "reference", "to", "SID or reason")
    for column in table.columns:
        column.overflow = "fold"
    for column in (*table.columns[:2], table.columns[5]):
        column.no_wrap = True
    of_times(table.columns[2])
    for row in rows:
        table.add_row(
            row.key[:_SHORT_KEY],
            Text(row.state, style=_COLOURS.get(row.state, "")),
            time_of_day(row.since),
            *map(plain, (row.flow, row.reference, _masked(row), _ending(row))),
        )
    console().print(table)


def print_details(rows: Sequence[Row], *, reveal: bool, as_json: bool) -> None:
    """Print all there is of each; number and text only where they are to be revealed."""
    if as_json:
        _print_json(rows, reveal=reveal)
        return
    for row in rows:
        fields = {
            name: ", ".join(value) if isinstance(value, list) else value
            for name, value in _fields(row, reveal=reveal).items()
        }
        print_fields(fields | {"result": json.dumps(row.result)})


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


def _print_json(rows: Sequence[Row], *, reveal: bool = False) -> None:
    typer.echo(json.dumps([_fields(row, reveal=reveal) for row in rows], indent=2))


def _fields(row: Row, *, reveal: bool) -> dict[str, Any]:
    """Return what a person may see of a row: unless revealed, no text and no whole number."""
    fields = {
        "key": row.key,
        "state": row.state,
        "event_id": row.event_id,
        "routing_key": row.routing_key,
        "flow": row.flow,
        "reference": row.reference,
        "account": row.asked.account,
        "account_sid": row.asked.account_sid,
        "sender": row.asked.sender,
        "sid": row.sid,
        "second_sids": list(row.second_sids),
        "result": row.result,
        "owner": row.owner,
        "claim_number": row.claim_number,
        "in_vain": row.in_vain,
        "since": moment(row.since),
        "claimed_at": moment(row.claimed_at),
        "ended_at": moment(row.ended_at),
        "notified_at": moment(row.notified_at),
        "to": _masked(row),
    }
    if reveal and row.asked.to:
        fields |= {"to": row.asked.to, "text": row.asked.text}
    return fields


def _masked(row: Row) -> str:
    return f"•••{row.phone_tail}"


def _ending(row: Row) -> str | None:
    reason: str | None = row.result.get("reason")
    return row.sid or reason
