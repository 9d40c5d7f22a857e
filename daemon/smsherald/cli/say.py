"""What commands say on standard error, so that the journal knows how grave it is."""

from __future__ import annotations

import os
import sys

import typer

from smsherald.observe.journal import leads_there, marked


def warning(text: object) -> None:
    """Say what can go on as it is, and is hardly meant."""
    _say(f"warning: {text}", "warning")


def error(text: object) -> None:
    """Say what ends the command."""
    _say(str(text), "error")


def _say(text: str, level: str) -> None:
    typer.echo(marked(text, level) if leads_there(sys.stderr, os.environ) else text, err=True)
