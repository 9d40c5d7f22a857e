"""The code that stands on the page of recipes, and that tests run as it stands there."""

from __future__ import annotations

import re

from support.daemon import REPOSITORY

PAGE = REPOSITORY / "docs" / "recipes.md"
_MARKED = re.compile(
    r"^<!-- run by the tests: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


def code() -> dict[str, str]:
    """Return what is marked `run by the tests`, by the name of its file."""
    return dict(_MARKED.findall(PAGE.read_text()))
