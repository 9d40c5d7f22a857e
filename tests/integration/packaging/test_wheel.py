"""The wheel: what is installed is what lies in the repository."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from smsherald.ledger.sql import schema

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
