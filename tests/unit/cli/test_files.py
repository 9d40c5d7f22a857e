"""What is said of a file that a person names and that cannot be opened."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from smsherald.cli.files import GIVE
from smsherald.unit import why

DENIED = PermissionError(errno.EACCES, "Permission denied", "event.json")
MISSING = FileNotFoundError(errno.ENOENT, "No such file or directory", "event.json")
ELSEWHERE = FileNotFoundError(errno.ENOENT, "No such file or directory", "/srv/event.json")


@pytest.fixture(autouse=True)
def _with_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "ann")
    monkeypatch.setattr(os, "geteuid", lambda: 1)


@pytest.mark.parametrize(
    ("error", "where", "reason"),
    [
        (DENIED, "/usr", "Permission denied; with sudo this runs as the user daemon: " + GIVE),
        (
            MISSING,
            "/",
            "No such file or directory in /; with sudo this runs as the user daemon: " + GIVE,
        ),
        (MISSING, "/usr", "No such file or directory"),
        (ELSEWHERE, "/", "No such file or directory"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/srv"), "/", "Is a directory"),
    ],
    ids=["denied", "out of reach", "missing", "missing elsewhere", "something else"],
)
def test_with_sudo_it_says_as_whom_where_that_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, error: OSError, where: str, reason: str
) -> None:
    monkeypatch.chdir(Path(where))

    assert why(error, GIVE) == reason


@pytest.mark.parametrize("user", [0, 1])
def test_without_sudo_or_as_root_it_says_the_reason_alone(
    monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user:
        monkeypatch.delenv("SUDO_USER")

    assert why(DENIED, GIVE) == "Permission denied"
