"""The unit, and the script that runs a command beside it: as its user, on its ledger."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
SCRIPT = SYSTEMD / "smsherald.sh"
ALIKE = ("DynamicUser", "StateDirectory", "StateDirectoryMode", "UMask", "EnvironmentFile")
CREDENTIAL = re.compile(r"^#.*\b(LoadCredential=[\w:/]+)", re.MULTILINE)


ARGUMENTS = ["send", "--message", "$HOME and 'ours' cost ${PRICE}", "$5", ""]


@pytest.fixture(params=["", "--expand-environment=BOOL"], ids=["older", "newer"])
def version(request: pytest.FixtureRequest) -> str:
    """Return what systemd's help says of an option that came with its version 254."""
    return str(request.param)


@pytest.fixture
def asked(version: str, tmp_path: Path) -> list[str]:
    """Return what systemd-run gets of the script: a program of that name writes it down."""
    program = tmp_path / "systemd-run"
    program.write_text(
        f"#!/bin/sh\n[ \"$1\" = --help ] && echo '{version}' || printf '%s\\0' \"$@\"\n"
    )
    program.chmod(0o755)
    done = subprocess.run(
        [SCRIPT, *ARGUMENTS],
        env={"PATH": f"{tmp_path}:{os.defpath}", "TERM": "vt100", "SUDO_USER": "ann"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\0")[:-1]


def unit() -> str:
    return (SYSTEMD / "smsherald.service").read_text()


@pytest.mark.parametrize(
    "checker", [["sh", "-n"], ["bash", "-n"], ["shellcheck"]], ids=lambda each: each[0]
)
def test_the_script_is_one(checker: list[str]) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    done = subprocess.run([*checker, SCRIPT], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_has_the_units_user_ledger_and_environment(asked: list[str]) -> None:
    properties = [each.removeprefix("--property=") for each in asked if "--property" in each]
    of_unit = {line for line in unit().splitlines() if line.partition("=")[0] in ALIKE}

    # Without a User= the unit's is called after it.
    assert sorted(properties) == sorted(of_unit | {"User=smsherald"})
    assert len(of_unit) == len(ALIKE)
    assert "\nUser=" not in unit()


def test_it_starts_what_the_unit_does_with_its_settings_and_arguments_as_they_are(
    asked: list[str], version: str
) -> None:
    (start,) = re.findall(r"^ExecStart=(\S+) run --config (\S+)$", unit(), re.MULTILINE)

    _, *arguments = asked[asked.index(start[0]) :]
    # Of two signs systemd makes one again.
    assert arguments == (
        ARGUMENTS if version else [argument.replace("$", "$$") for argument in ARGUMENTS]
    )
    assert ("--expand-environment=no" in asked) is bool(version)
    assert f"--setenv=SMSHERALD_CONFIG={start[1]}" in asked
    assert "--setenv=SUDO_USER=ann" in asked
    assert {"--quiet", "--pipe", "--wait", "--collect"} < set(asked)


def test_it_shows_the_credentials_that_the_unit_shows() -> None:
    assert CREDENTIAL.findall(SCRIPT.read_text()) == CREDENTIAL.findall(unit())
