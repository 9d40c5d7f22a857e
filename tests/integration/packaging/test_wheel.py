"""The wheel: what is installed is what lies in the repository."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from smsherald.ledger.sql import schema
from support.command import clean

REPOSITORY = Path(__file__).parents[3]
PACKAGE = REPOSITORY / "daemon" / "smsherald"


@pytest.fixture(scope="module")
def installed(wheel: Path) -> set[str]:
    """Return the names of all files of the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_the_package_is_in_it(installed: set[str]) -> None:
    here = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert here - installed == set()


def test_every_migration_of_the_ledger_is_in_it(installed: set[str]) -> None:
    folder = schema.MIGRATIONS.replace(".", "/")
    wanted = {f"{folder}/version_{version}.py" for version in range(1, schema.VERSION + 1)}

    assert wanted <= installed


def test_nothing_else_is_in_it(installed: set[str]) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in installed} == {"smsherald"}


def test_a_flow_of_one_s_own_needs_nothing_else(wheel: Path, tmp_path: Path) -> None:
    """From an event to a flow with a test that passes, where no repository is."""
    event = {"number": "R1", "customer": {"first_name": "Ann", "phone": "+15558675309"}}
    (tmp_path / "order.json").write_text(json.dumps(event))

    def smsherald(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", "from smsherald.cli.main import main; main()", *arguments],
            cwd=tmp_path,
            env={**clean(), "PYTHONPATH": str(wheel), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    smsherald("init", ".", "--from", "order.json", "-k", "order.created")

    assert "1 flow, 1 test passed" in smsherald("check", "--flows", "--strict")
    assert "Hi Ann" in smsherald("preview", "order.json", "-k", "order.created")
    assert (tmp_path / "config/.schema/flow.json").is_file()
