"""What is built of a repository, and repositories to build of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from support.daemon import REPOSITORY

IS_CLONE = (REPOSITORY / ".git").exists()
ANN = ("-c", "user.name=Ann", "-c", "user.email=ann@shop.example", "-c", "commit.gpgSign=false")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as somebody, and return what it printed."""
    command = ("git", *ANN, *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def known(*paths: str) -> list[str]:
    """Return the files here that are committed or may be, below `paths` or all."""
    listed = git(REPOSITORY, "ls-files", "-zco", "--exclude-standard", *paths).split("\0")
    return [name for name in listed if name and (REPOSITORY / name).exists()]


def cloned(folder: Path, *paths: str) -> Path:
    """Return a new repository in which the files as they lie here are committed."""
    for name in known(*paths):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=All")
    return folder


def built(what: str, tree: Path, folder: Path) -> Path:
    """Return the one file, a wheel or an sdist, that hatchling makes of a tree."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", what, "-d", folder],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (made,) = folder.iterdir()
    return made


def unpacked(archive: Path, folder: Path) -> Path:
    """Return the one folder that an archive has."""
    folder.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    (only,) = folder.iterdir()
    return only
