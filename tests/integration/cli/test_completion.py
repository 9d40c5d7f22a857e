"""What a shell asks to complete a word, and what it is answered."""

from __future__ import annotations

import subprocess

import pytest

from smsherald.cli.main import COMPLETE
from support.command import clean
from support.process import COMMAND


def asked(instruction: str, *arguments: str, **environment: str) -> str:
    """Return what is printed for a shell."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env={**clean(), COMPLETE: instruction, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_told_how_to_ask(shell: str) -> None:
    assert f"{COMPLETE}=complete_{shell}" in asked(f"source_{shell}")


def test_a_command_is_completed() -> None:
    assert asked("complete_bash", COMP_WORDS="smsherald led", COMP_CWORD="1") == "ledger\n"


@pytest.mark.parametrize("group", ["ledger", "parked"])
def test_so_are_those_of_a_group_that_lists_by_itself(group: str) -> None:
    words = asked("complete_bash", COMP_WORDS=f"smsherald {group} ", COMP_CWORD="2")

    assert {"list", "show"} < set(words.split())


def test_the_option_of_a_command_is_completed() -> None:
    words = asked("complete_bash", COMP_WORDS="smsherald check --l", COMP_CWORD="2")

    assert words.split() == ["--live"]


def test_no_option_speaks_of_it() -> None:
    done = subprocess.run(
        [COMMAND, "--help"], env=clean(), capture_output=True, text=True, check=True
    )

    assert "completion" not in done.stdout
