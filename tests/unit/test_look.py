"""One look for all pages: what they share, and what none may do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smsherald
from smsherald.look import HEADERS, SHARED, shared

PACKAGE = Path(smsherald.__file__).parent
PAGES = [
    path for path in PACKAGE.rglob("*.html") if "pages" in path.parts or "static" in path.parts
]
SCRIPTS = list(PACKAGE.rglob("*.js"))


def test_there_is_one_stylesheet() -> None:
    assert [path.name for path in PACKAGE.rglob("*.css")] == ["style.css"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_page_loads_what_is_shared_and_has_no_style_or_script_of_its_own(page: Path) -> None:
    text = page.read_text()

    assert [path for path in SHARED if f'"{path}"' not in text] == []
    assert (
        re.findall(r"<style|\sstyle=|\son\w+=|<script(?! src| type=.application/json)", text) == []
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_a_value(script: Path) -> None:
    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc"

    assert re.findall(words, script.read_text()) == []


@pytest.mark.parametrize("path", SHARED)
def test_nothing_that_is_shared_comes_from_elsewhere(path: str) -> None:
    assert re.findall(r"url\(|@import|https?://", shared(path)) == []


def test_no_page_may_load_from_elsewhere() -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";")
    )

    assert policy.pop("default-src") == "'none'"
    assert set(policy.values()) == {"'self'", "'none'", "data:"}
