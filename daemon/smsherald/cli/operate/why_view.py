"""A timeline on a terminal: who was asked, the steps, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from smsherald.cli import in_json
from smsherald.cli.operate.terminal import time_of_day, wrapped

_TIME = len("2026-01-01 00:00:00")
_LOOK = "look: "
"""Steps that begin so are places to look, and nothing has happened."""


def print_answer(said: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what was said, by a daemon or of the ledger."""
    if as_json:
        in_json.echo(said)
        return
    remembers = said.get("daemon")
    if said["asked"] == "daemon":
        _daemons(said)
    elif remembers and remembers["steps"]:
        _daemons(remembers)
        typer.echo("\nThe ledger, asked from here, says:")
    else:
        wrapped(f"✗ {said['why']}.", indent="  ")
        if "ledger" in said:
            wrapped(f"✗ {said['ledger']}", indent="  ")
        elif remembers:
            wrapped("It says nothing else of it. The ledger, asked from here, says:")
        else:
            wrapped("What was put off before any claim cannot be known. The ledger says:")
    if said["asked"] != "daemon":
        _timeline(said)


def _daemons(said: Mapping[str, Any]) -> None:
    wrapped(f"The daemon {said.get('instance') or 'that was asked'} says (times in UTC):")
    _timeline(said)


def _timeline(said: Mapping[str, Any]) -> None:
    if said["steps"] and all(step["text"].startswith(_LOOK) for step in said["steps"]):
        # Where nothing is known, why that may be comes before the places to look.
        wrapped(said["sentence"])
        typer.echo()
        for step in said["steps"]:
            wrapped(f"- {step['text']}", indent="  ")
        return
    for step in said["steps"]:
        time = time_of_day(step["at"]) or "-"
        wrapped(f"{time:<{_TIME}}  {step['text']}", indent=" " * (_TIME + 2))
    typer.echo()
    wrapped(said["sentence"])
