"""scripts/sbom, but for what it installs: the image's test has what comes out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.daemon import REPOSITORY

SCRIPT = REPOSITORY / "scripts" / "sbom"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["one.json", "two.json"]])
def test_it_says_how_it_is_used(arguments: list[str]) -> None:
    command = [str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, "usage: scripts/sbom OUT.json\n")


def test_it_installs_nothing_for_a_file_that_it_could_not_write(tmp_path: Path) -> None:
    command = [str(SCRIPT), "there/is/none.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, f"error: {tmp_path}/there/is is no folder\n")
