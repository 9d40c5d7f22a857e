"""The Python of docs/testing.md does what it says."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smsherald.testing import Herald
from support.daemon import REPOSITORY

BLOCKS = re.findall(
    r"```python\n(.*?)```", (REPOSITORY / "docs" / "testing.md").read_text(), re.DOTALL
)


def documented() -> dict[str, Callable[[Herald], Awaitable[None]]]:
    """Return the tests of all blocks, each of which must run as it stands."""
    found: dict[str, Any] = {}
    for block in BLOCKS:
        names: dict[str, Any] = {}
        exec(block, names)  # noqa: S102 - it is our own documentation
        found |= {name: it for name, it in names.items() if name.startswith("test_")}
    return found


TESTS = documented()


def test_there_are_some() -> None:
    assert len(TESTS) >= 2


@pytest.mark.parametrize("name", TESTS)
async def test_a_documented_test_passes_with_the_shipped_flows(name: str) -> None:
    async with Herald(REPOSITORY / "config" / "smsherald.yaml") as herald:
        await TESTS[name](herald)
