"""The command `smsherald`: its subcommands, and what their errors mean to a shell."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys

import typer
from typer.completion import get_completion_inspect_parameters

from smsherald import __version__
from smsherald.cli import asyncapi, run, sandbox, say, streams
from smsherald.cli.demo import command as demo
from smsherald.cli.events import publish, send
from smsherald.cli.events.tap import command as tap
from smsherald.cli.exits import CONFIGURATION, FAILED, UNAVAILABLE
from smsherald.cli.flows import check, test
from smsherald.cli.flows.backtest import command as backtest
from smsherald.cli.flows.begin import command as begin
from smsherald.cli.flows.preview import command as preview
from smsherald.cli.operate import explain, ledger, status, why
from smsherald.cli.operate.parked import command as parked
from smsherald.cli.operate.pausing import command as brake
from smsherald.errors import (
    ConfigurationError,
    LedgerError,
    LimitError,
    TopologyError,
    UnreachableError,
)

COMPLETE = "_SMSHERALD_COMPLETE"
"""By this variable a shell asks what completes a word: no option does, and `--help` is short."""
_FULL = (errno.ENOSPC, errno.EDQUOT)

app = typer.Typer(
    name="smsherald",
    cls=streams.EndsUnread,
    help="Events on RabbitMQ become text messages, once each, whatever crashes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Paragraphs are wrapped as such, at 80 columns; rich keeps the line breaks of the source.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
for name, command in (
    ("run", run.command),
    ("init", begin.command),
    ("check", check.command),
    ("test", test.command),
    ("tap", tap.command),
    ("preview", preview.command),
    ("backtest", backtest.command),
    ("publish", publish.command),
    ("send", send.command),
    ("status", status.command),
    ("why", why.command),
    ("pause", brake.pause),
    ("resume", brake.resume),
    ("pauses", brake.pauses),
    ("explain", explain.command),
    ("asyncapi", asyncapi.command),
    ("sandbox", sandbox.command),
    ("demo", demo.command),
):
    app.command(name)(command)
app.add_typer(ledger.app, name="ledger")
app.add_typer(parked.app, name="parked")


def _version(value: bool) -> None:  # noqa: FBT001 - typer's signature
    if value:
        typer.echo(f"smsherald {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    _: bool = typer.Option(  # noqa: FBT001 - typer's signature
        False,  # noqa: FBT003 - the same
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version and exit.",
    ),
) -> None:
    # A daemon has its own way, and a shell that ignores Ctrl-C leaves us no other.
    if ctx.invoked_subcommand != "run" and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, _as_ctrl_c)


def _as_ctrl_c(*_: object) -> None:
    """End a command that is told to by `kill` as Ctrl-C does: it says how far it came."""
    signal.raise_signal(signal.SIGINT)


def main() -> None:
    """Run a command. What an operator must mend first ends with 78, as sysexits(3) has it."""
    streams.open_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal's encoding has no letter for is no reason to end.
        sys.stdout.reconfigure(errors="backslashreplace")
    if COMPLETE in os.environ:
        # It makes the options that we do without; with them come the shells.
        get_completion_inspect_parameters()
    try:
        app()
    except ConfigurationError as error:
        for problem in error.problems:
            say.error(problem)
        sys.exit(CONFIGURATION)
    except (LedgerError, LimitError, TopologyError) as error:
        say.error(f"smsherald: {error}")
        sys.exit(CONFIGURATION)
    except UnreachableError as error:
        say.error(f"smsherald: {error}")
        sys.exit(UNAVAILABLE)
    except OSError as error:
        # A file that a command reads or writes is its own to speak of; this is what it prints.
        if error.errno not in _FULL:
            raise
        say.error(f"smsherald: what it prints cannot be written: {error.strerror}")
        streams.forget(sys.stdout)
        sys.exit(FAILED)
