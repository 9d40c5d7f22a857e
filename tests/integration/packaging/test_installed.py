"""Wheel and sdist, installed as operators do where no repository is: from `init` to a text."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from smsherald import __version__
from support.command import clean

REPOSITORY = Path(__file__).parents[3]
Alone: TypeAlias = "Callable[[], AbstractContextManager[None]]"


def run(folder: Path, *command: str | Path) -> str:
    """Run it to its end, and return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**clean(), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(python: Path, *arguments: str | Path) -> None:
    said = ("--disable-pip-version-check", "install", "--quiet", "--only-binary", ":all:")
    run(python.parent, python, "-m", "pip", *said, *arguments)


@pytest.fixture
def one_demo(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Keep other workers' demos waiting: two that start at once may choose the same port."""

    @contextmanager
    def alone() -> Iterator[None]:
        with (tmp_path_factory.getbasetemp().parent / "demo").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    return alone


def works(python: Path, folder: Path, one_demo: Alone) -> None:
    """Take it from its first command to a text."""
    smsherald = python.with_name("smsherald")
    said = run(folder, python, "-c", "import smsherald; print(smsherald.__file__)")
    assert Path(said).is_relative_to(python.parents[1])
    run(folder, python, "-m", "pip", "check")

    assert run(folder, smsherald, "--version") == f"smsherald {__version__}\n"
    run(folder, smsherald, "init", ".")
    assert "1 flow, 1 test passed" in run(folder, smsherald, "check", "--flows", "--strict")
    with one_demo():
        texts = run(folder, smsherald, "demo", "--once")
    assert re.search(r"^sent +order\.created → \+15558675309 order-created SM", texts, re.MULTILINE)


@pytest.mark.long
@pytest.mark.takes(40)
def test_the_wheel_works_and_after_it_the_sdist(
    wheel: Path, sdist: Path, tmp_path: Path, one_demo: Alone
) -> None:
    run(tmp_path, sys.executable, "-m", "venv", "environment")
    python = tmp_path / "environment" / "bin" / "python"
    pip(python, "--no-compile", "--require-hashes", "-r", REPOSITORY / "requirements.txt")
    pip(python, "--no-deps", "--no-index", wheel)
    (tmp_path / "one").mkdir()
    works(python, tmp_path / "one", one_demo)

    # What builds it is there, pinned: nothing comes from an index.
    pip(python, "--require-hashes", "-r", REPOSITORY / "requirements-build.txt")
    of_source = ("--no-binary", "smsherald", "--no-build-isolation")
    pip(python, "--no-deps", "--no-index", "--force-reinstall", *of_source, sdist)
    (tmp_path / "two").mkdir()
    works(python, tmp_path / "two", one_demo)
