"""A timeline on a terminal: who was asked, the steps, and the sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import typer

from smsherald.cli.operate.terminal import console, printable, time_of_day

_TIME = len("2026-01-01 00:00:00")


def print_answer(said: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what was said, by a daemon or of the ledger."""
    if as_json:
        typer.echo(json.dumps(said, indent=2))
        return
    if said["asked"] == "daemon":
        _lines(f"The daemon {said.get('instance') or 'that was asked'} says (times in UTC):")
    else:
        _lines(f"✗ {said['why']}.", "  ")
        if "ledger" in said:
            _lines(f"✗ {said['ledger']}", "  ")
        else:
            _lines("What was put off before any claim cannot be known. The ledger says:")
    for step in said["steps"]:
        time = time_of_day(step["at"]) or "-"
        _lines(f"{time:<{_TIME}}  {step['text']}", " " * (_TIME + 2))
    typer.echo()
    _lines(said["sentence"])


def _lines(text: str, indent: str = "") -> None:
    width = max(40, console().width)
    for line in wrap(printable(text), width, subsequent_indent=indent, break_on_hyphens=False):
        typer.echo(line)
