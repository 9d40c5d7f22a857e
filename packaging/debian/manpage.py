#!/usr/bin/env python3
"""Prints the manual page smsherald(1): what `--help` says of every command, and what stands around.

scripts/deb runs it with the Python of the package. SOURCE_DATE_EPOCH is the page's date.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import typer
from typer.main import get_command

from smsherald import __version__
from smsherald.cli import exits, main

FILES = (
    ("/etc/smsherald/smsherald.yaml, /etc/smsherald/flows/*.yaml", "The configuration."),
    ("/etc/smsherald/environment", "Variables of the service, secrets among them."),
    ("/var/lib/smsherald/ledger.db", "The ledger: what was texted."),
    ("/usr/share/doc/smsherald/", "The documentation; docs/debian.md is where to begin."),
)
ENVIRONMENT = (
    ("SMSHERALD_CONFIG", "The settings file, where --config does not name one."),
    ("SMSHERALD_UNIT", "Beside which unit a command runs as root, as smsherald@a."),
    ("SMSHERALD__SECTION__SETTING", "A setting, in place of that of the file."),
)
_AS_ROOT = (
    "As root it runs as the user of the service, with its ledger, its environment and its "
    "credentials; as anybody else, with the configuration alone."
)
STATUS = (
    (0, "It did what was asked for."),
    (exits.FAILED, "It did not, or not all of it; each command says what that means."),
    (exits.USAGE, "It was called in a way that it does not understand."),
    (exits.UNAVAILABLE, "A peer that it needs cannot be reached."),
    (exits.CONFIGURATION, "Something that an operator must mend first, such as the configuration."),
    (exits.INTERRUPTED, "Ctrl-C."),
)


def page() -> Iterator[str]:
    """Return its lines."""
    app = get_command(main.app)
    date = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC).date()
    yield f'.TH SMSHERALD 1 "{date}" "smsherald {escaped(__version__)}" "User Commands"'
    # What is to be typed is not broken.
    yield from (".nh", ".ad l")
    yield from (".SH NAME", rf"smsherald \- {escaped(summary(app))}")
    yield from (".SH SYNOPSIS", r".B smsherald", "[OPTIONS] COMMAND [ARGS]...")
    yield from (".SH DESCRIPTION", *paragraphs(app))
    yield from (".PP", escaped(_AS_ROOT))
    with context(app, "smsherald") as above:
        yield from (".SH OPTIONS", *options(app, above))
        yield ".SH COMMANDS"
        for name, command in app.commands.items():  # type: ignore[attr-defined]
            yield from described(command, name, above)
    yield from (
        ".SH EXIT STATUS",
        *(line for code, said in STATUS for line in item(str(code), said)),
    )
    yield from (".SH ENVIRONMENT", *(line for each in ENVIRONMENT for line in item(*each)))
    yield from (".SH FILES", *(line for each in FILES for line in item(*each)))
    yield from (".SH SEE ALSO", ".BR systemctl (1),", ".BR journalctl (1)")


def described(command: Any, name: str, above: Any) -> Iterator[str]:
    """Return what there is of a command, and of those below it."""
    with context(command, name, above) as here:
        usage = " ".join(
            [here.command_path.removeprefix("smsherald "), *command.collect_usage_pieces(here)]
        )
        yield from (f".SS {escaped(usage)}", *paragraphs(command), *options(command, here))
        for below, each in getattr(command, "commands", {}).items():
            yield from described(each, below, here)


def context(command: Any, name: str, above: Any = None) -> Any:
    """Return what a command is asked in."""
    return command.context_class(command, info_name=name, parent=above, **command.context_settings)


def paragraphs(command: Any) -> Iterator[str]:
    """Return what its help says before the options."""
    text = inspect.cleandoc(command.help or "")
    for paragraph in text.split("\n\n"):
        yield from (".PP", escaped(" ".join(paragraph.split())))


def options(command: Any, here: Any) -> Iterator[str]:
    """Return its arguments and options."""
    for each in command.get_params(here):
        if here.parent is not None and each.name == "help":
            # Every command has it.
            continue
        if (record := each.get_help_record(here)) is not None:
            yield from item(*record)


def item(term: str, said: str) -> Iterator[str]:
    """Return a term and what is said of it."""
    yield from (".TP", rf"\fB{escaped(term)}\fR", escaped(said) or r"\&")


def summary(command: Any) -> str:
    """Return its first sentence, as the index of pages has it."""
    return inspect.cleandoc(command.help).split("\n\n")[0].rstrip(".")


def escaped(text: str) -> str:
    """Return a text as troff reads it, in ASCII."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    text = "".join(sign if sign.isascii() else rf"\[u{ord(sign):04X}]" for sign in text)
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    typer.echo("\n".join(page()))
