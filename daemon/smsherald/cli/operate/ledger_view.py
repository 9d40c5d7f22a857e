"""Rows of the ledger on a terminal, or as JSON; numbers by their last two digits only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.terminal import (
    beneath,
    moment,
    print_fields,
    side_by_side,
    utc,
)
from smsherald.ledger.sql.versions import Change
from smsherald.model import Row

_SHORT_KEY = 12
"""Digits of a key in a list: enough for other commands, and for a terminal of 80 columns."""
_FORGOTTEN = "forgotten, as of each SMS once its notification is confirmed"
"""In place of a text that is to be revealed."""


def print_list(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print each in lines that fit."""
    if as_json:
        _print_json(rows)
        return
    if not rows:
        typer.echo("The ledger has no SMS that was asked for.")
        return
    for row in rows:
        about = (row.flow, row.reference)
        side_by_side(
            [row.key[:_SHORT_KEY], row.state, utc(row.since), *(each for each in about if each)]
        )
        beneath(" ".join(filter(None, [f"to {_masked(row)}", _ending(row)])))


def print_details(rows: Sequence[Row], *, reveal: bool, as_json: bool) -> None:
    """Print all there is of each; number and text only where they are to be revealed."""
    if as_json:
        _print_json(rows, reveal=reveal)
        return
    for row in rows:
        fields = {
            name: ", ".join(value) if isinstance(value, list) else value
            for name, value in _fields(row, utc, reveal=reveal).items()
        }
        if reveal and not row.asked.to:
            fields |= {"to": f"{_masked(row)} (the rest is {_FORGOTTEN})", "text": _FORGOTTEN}
        print_fields(fields | {"result": json.dumps(row.result)})


def print_change(place: str, change: Change, *, as_json: bool) -> None:
    """Print what became of its version; in JSON `before` is null where there was no ledger."""
    if as_json:
        fields = {"ledger": place, **asdict(change), "before": change.before or None}
        fields["seconds"] = round(change.seconds, 3)
        in_json.echo(fields)
        return
    took = f"from version {change.before} to {change.after} in {change.seconds:.1f} s"
    if change.upgraded:
        said = f"upgraded {took}"
    elif change.downgraded:
        said = f"downgraded {took}"
    elif change.before:
        said = f"is of version {change.after}: there is nothing to do"
    else:
        said = f"made, of version {change.after}"
    typer.echo(f"{place}: {said}")


def _print_json(rows: Sequence[Row], *, reveal: bool = False) -> None:
    in_json.echo([_fields(row, moment, reveal=reveal) for row in rows])


def _fields(
    row: Row, time: Callable[[float | None], str | None], *, reveal: bool
) -> dict[str, Any]:
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
        "since": time(row.since),
        "claimed_at": time(row.claimed_at),
        "ended_at": time(row.ended_at),
        "notified_at": time(row.notified_at),
        "to": _masked(row),
    }
    if reveal:
        # What has ended is forgotten once it is told; the last digits stay.
        fields |= {"to": row.asked.to or _masked(row), "text": row.asked.text or None}
    return fields


def _masked(row: Row) -> str:
    return f"•••{row.phone_tail}"


def _ending(row: Row) -> str | None:
    reason: str | None = row.result.get("reason")
    return row.sid or reason
