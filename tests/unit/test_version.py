"""The version: it stands in the package, and wherever else it stands it is the same."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from smsherald import __version__

REPOSITORY = Path(__file__).parents[2]
NAMED = re.compile(
    r"(?:smsherald[ :_-]v?|newTag: |image\.version=\"?|^VERSION=)(\d+\.\d+\.\d+\w*)", re.MULTILINE
)
"""An image's tag, a package's file, what `--version` prints."""


def test_the_package_takes_it_from_the_code() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())

    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "daemon/smsherald/__init__.py"


def test_the_changelog_begins_with_it() -> None:
    heading = re.search(r"^## (.*)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert heading
    assert re.fullmatch(
        rf"{re.escape(__version__)}, (?:not released yet|\d{{4}}-\d\d-\d\d)", heading[1]
    )


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="no clone")
def test_no_page_and_no_file_names_another() -> None:
    listed = subprocess.run(
        ["git", "grep", "--untracked", "-lI", r"[0-9]\.[0-9]*\.[0-9]"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    # What was released before stands there too; a test may make up versions.
    files = [
        path
        for path in listed.stdout.splitlines()
        if path != "CHANGELOG.md" and not path.startswith("tests/")
    ]
    found = [
        (f"{path}:{text.count(chr(10), 0, match.start()) + 1}", match[1])
        for path in files
        for text in [(REPOSITORY / path).read_text()]
        for match in NAMED.finditer(text)
    ]

    assert found
    assert [(place, version) for place, version in found if version != __version__] == []
