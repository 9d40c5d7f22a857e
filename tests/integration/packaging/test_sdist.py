"""The sdist: who packages it has all that is in the repository, and makes the same of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from smsherald import __version__
from support.building import IS_CLONE, built, known, unpacked
from support.daemon import REPOSITORY


@pytest.fixture
def tree(sdist: Path, tmp_path: Path) -> Path:
    """Return what is in it."""
    return unpacked(sdist, tmp_path / "sdist")


@pytest.mark.skipif(not IS_CLONE, reason="git knows no files here")
def test_it_is_the_repository(tree: Path) -> None:
    found = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    here = known()

    assert found == {*here, "PKG-INFO"}
    assert [
        name
        for name in here
        if (tree / name).read_bytes() != (REPOSITORY / name).read_bytes()
        or os.access(tree / name, os.X_OK) != os.access(REPOSITORY / name, os.X_OK)
    ] == []


def test_the_wheel_that_is_made_of_it_is_the_wheel_of_the_repository(
    tree: Path, wheel: Path, tmp_path: Path
) -> None:
    of_it = built("wheel", tree, tmp_path / "wheel")

    assert of_it.name == wheel.name
    assert of_it.read_bytes() == wheel.read_bytes()


def test_an_index_would_take_what_it_says_of_itself(tree: Path) -> None:
    said = Metadata.from_email((tree / "PKG-INFO").read_bytes(), validate=True)

    assert str(said.version) == __version__
    assert said.license_expression == "MIT"
    assert said.description_content_type == "text/markdown"
    assert said.description == (REPOSITORY / "README.md").read_text()
