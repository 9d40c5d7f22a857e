"""What stands at a path: no answer is an error, wherever it is asked."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import smsherald
from smsherald.paths import Kind, kind_of
from smsherald.settings.load import find_config

PACKAGE = Path(smsherald.__file__).parent
RAISES = {"exists", "is_dir", "is_file", "is_fifo", "is_socket"}
"""What pathlib asks, and raises where nobody lets it look (until Python 3.14)."""
OTHERS = {"ledger/retention.py": ["select(sms.c.key).where(sms.c.key == second_sid.c.key)"]}
"""What is no path."""


def test_it_is_told(tmp_path: Path) -> None:
    file, broken, pipe = tmp_path / "file", tmp_path / "broken", tmp_path / "pipe"
    file.touch()
    (tmp_path / "link").symlink_to(file)
    broken.symlink_to(tmp_path / "nowhere")
    os.mkfifo(pipe)

    assert kind_of(file) is kind_of(tmp_path / "link") is Kind.FILE
    assert kind_of(tmp_path) is Kind.FOLDER
    assert kind_of(pipe) is kind_of(Path("/dev/null")) is Kind.OTHER
    assert kind_of(broken) is kind_of(file / "below") is Kind.MISSING
    assert kind_of(Path("a\0b")) is Kind.MISSING


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    """Give a path that cannot be looked at, by root neither: of a circle of links."""
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    return tmp_path / "one"


def test_what_cannot_be_looked_at_is_not_missing(unseen: Path) -> None:
    assert kind_of(unseen) is kind_of(Path("n" * 300)) is Kind.UNSEEN


def test_settings_that_cannot_be_looked_at_are_the_ones_that_are_meant(
    unseen: Path, tmp_path: Path
) -> None:
    (tmp_path / "smsherald.yaml").symlink_to(unseen)

    assert find_config(unseen, {}) == unseen
    assert find_config(tmp_path, {}) == tmp_path / "smsherald.yaml"


def test_it_is_asked_in_one_place() -> None:
    asked = {
        str(path.relative_to(PACKAGE)): [
            ast.unparse(node.func.value)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in RAISES
        ]
        for path in PACKAGE.rglob("*.py")
    }

    assert {path: them for path, them in asked.items() if them} == OTHERS
