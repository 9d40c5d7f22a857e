"""A timeline on a terminal: who was asked, the steps, and the sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import typer

from smsherald.cli.operate.terminal import console, printable, time_of_day

_TIME = len("2026-01-01 00:00:00")
_COMMAND = re.compile("`smsherald [^`]*`")
_NO_BREAK = "\0"
"""Stands for a blank within a command: a text that can be printed has none."""


def print_answer(said: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what was said, by a daemon or of the ledger."""
    if as_json:
        typer.echo(json.dumps(said, indent=2))
        return
    remembers = said.get("daemon")
    if said["asked"] == "daemon":
        _daemons(said)
    elif remembers and remembers["steps"]:
        _daemons(remembers)
        typer.echo("\nThe ledger, asked from here, says:")
    else:
        _lines(f"✗ {said['why']}.", "  ")
        if "ledger" in said:
            _lines(f"✗ {said['ledger']}", "  ")
        elif remembers:
            _lines("It says nothing else of it. The ledger, asked from here, says:")
        else:
            _lines("What was put off before any claim cannot be known. The ledger says:")
    if said["asked"] != "daemon":
        _timeline(said)


def _daemons(said: Mapping[str, Any]) -> None:
    _lines(f"The daemon {said.get('instance') or 'that was asked'} says (times in UTC):")
    _timeline(said)


def _timeline(said: Mapping[str, Any]) -> None:
    for step in said["steps"]:
        time = time_of_day(step["at"]) or "-"
        _lines(f"{time:<{_TIME}}  {step['text']}", " " * (_TIME + 2))
    typer.echo()
    _lines(said["sentence"])


def _lines(text: str, indent: str = "") -> None:
    width = max(40, console().width)
    # A command is copied as it stands: it is on one line, however long.
    whole = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), printable(text))
    for line in wrap(
        whole, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    ):
        typer.echo(line.replace(_NO_BREAK, " "))
