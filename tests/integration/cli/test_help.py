"""`--help`, and `-h`, of every command."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from smsherald.cli import main
from smsherald.cli.operate import ledger
from smsherald.cli.operate.parked import command as parked
from support.command import smsherald

GROUPS = {"ledger": ledger.app, "parked": parked.app}
COMMANDS = [
    (),
    *((str(each.name),) for each in main.app.registered_commands),
    *((name,) for name in GROUPS),
    *(
        (name, each.name or str(each.callback and each.callback.__name__))
        for name, group in GROUPS.items()
        for each in group.registered_commands
    ),
]
commands = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


def shown(*arguments: str, columns: int = 200) -> str:
    done = CliRunner().invoke(main.app, arguments, env={"COLUMNS": str(columns)})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_it_needs_no_configuration_and_nor_does_the_version() -> None:
    assert "run" in smsherald("--help", environment={}).stdout
    assert re.match(r"smsherald \d+\.\d+\.\d+", smsherald("--version", environment={}).stdout)


@commands
def test_the_short_option_says_the_same(command: tuple[str, ...]) -> None:
    assert shown(*command, "-h") == shown(*command, "--help")


@commands
@pytest.mark.parametrize("columns", [80, 200])
def test_it_wraps_whole_paragraphs_at_80_columns(command: tuple[str, ...], columns: int) -> None:
    lines = shown(*command, "-h", columns=columns).splitlines()

    assert [line for line in lines if len(line) > 80] == []
    said = lines[: lines.index("Options:")]
    assert [
        line
        for line, following in pairwise(said)
        if following.strip()
        and line.startswith("  ")
        # The next word would have had room.
        and len(line) + 1 + len(following.split()[0]) <= 78
    ] == []
