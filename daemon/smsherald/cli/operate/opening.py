"""What commands that work on the ledger share: the configuration as it is, and the ledger open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from smsherald.cli import say
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.ledger import ForCommand
    from smsherald.settings.load import Loaded, LoadedLedger
    from smsherald.settings.values import LedgerSettings

LOCK_TIMEOUT = 10.0
"""Seconds: a command waits longer than the daemon, which has others to care for."""


def loaded(config: Config) -> Loaded:
    """Return the configuration; ConfigurationError where it is wrong."""
    import os

    from smsherald.settings.load import find_config, load

    # A quarantine that is too short is for `run` to refuse: here it is a question about rows.
    return load(find_config(config, os.environ), os.environ, unsafe=True, idle=True)


def for_ledger(config: Config) -> LoadedLedger:
    """Return what is needed of the configuration for rows alone: no account, credential or flow."""
    import os

    from smsherald.settings.load import find_config, load_ledger

    return load_ledger(find_config(config, os.environ), os.environ)


@contextmanager
def opened(settings: LedgerSettings) -> Iterator[ForCommand]:
    """Open the ledger; see `open_for_command`."""
    from smsherald.ledger import open_for_command

    with open_for_command(settings, LOCK_TIMEOUT) as ledger:
        yield ledger


def seconds(text: str, option: str) -> float:
    """Read a duration as seconds; BadParameter where it is none."""
    from smsherald.settings.shapes import duration

    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def say_waiting(instance: str, seconds: float) -> None:
    """Say for whom a command waits that needs the ledger for itself."""
    message = f"instance {instance} has used the ledger within the last minute: looking for "
    say.warning(f"{message}{seconds:.0f} s whether it still does (not with --force)")
