"""pytest's fixture `herald`: a whole daemon for each test that asks for it.

A project asks for it by `pytest_plugins = ["smsherald.pytest_plugin"]`, and pays for it where a
test does: nothing else is imported before. It is no entry point: everybody's pytest would load it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import pytest

if TYPE_CHECKING:
    from smsherald.testing import Herald, SetClock

OPTION = "smsherald_config"
_HERALD: pytest.StashKey[Herald] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a project say where its settings are."""
    parser.addini(
        OPTION,
        "smsherald's settings for the fixture `herald`, from the rootdir on "
        "(default: $SMSHERALD_CONFIG, else config/smsherald.yaml)",
        default="",
    )


@pytest.fixture
def smsherald_config(pytestconfig: pytest.Config) -> Path:
    """Return the settings that `herald` runs by; a project may say others."""
    from smsherald.testing import found_config

    said = str(pytestconfig.getini(OPTION))
    return pytestconfig.rootpath / said if said else found_config(pytestconfig.rootpath, os.environ)


@pytest.fixture
def smsherald_environ() -> dict[str, str]:
    """Return the environment that the settings of `herald` see, for a project to say another."""
    return {}


@pytest.fixture
def smsherald_clock() -> SetClock:
    """Return the clock of `herald`, which stands at the time of now."""
    import time

    from smsherald.testing import SetClock

    return SetClock(time.time())


@pytest.fixture
def herald(
    request: pytest.FixtureRequest,
    smsherald_config: Path,
    smsherald_environ: dict[str, str],
    smsherald_clock: SetClock,
    tmp_path: Path,
) -> Herald:
    """Return a daemon of this test's own; it runs for as long as the test, in its loop."""
    from smsherald.testing import Herald

    if not inspect.iscoroutinefunction(request.function):
        pytest.fail("the fixture herald needs a test that is `async def`", pytrace=False)
    folder = tmp_path / "smsherald"
    folder.mkdir()
    it = request.node.stash[_HERALD] = Herald(
        smsherald_config, environ=smsherald_environ, clock=smsherald_clock, folder=folder
    )
    return it


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the daemon start and stop within the test itself: whatever runs it, that is its loop."""
    for item in items:
        if _may_be_ours(item):
            item.obj = _within(item, item.obj)


def _may_be_ours(item: pytest.Item) -> TypeGuard[pytest.Function]:
    return (
        isinstance(item, pytest.Function)
        and "herald" in item.fixturenames
        and inspect.iscoroutinefunction(item.obj)
    )


def _within(item: pytest.Function, test: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    @functools.wraps(test)
    async def within(*positional: Any, **named: Any) -> None:
        # Where a project has a fixture of that name that is not ours, there is none.
        async with item.stash.get(_HERALD, nullcontext()):
            await test(*positional, **named)

    return within


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test with a daemon that no other plugin runs."""
    if not _may_be_ours(pyfuncitem) or _HERALD not in pyfuncitem.stash:
        return None
    test = pyfuncitem.obj
    names = inspect.signature(test).parameters
    asyncio.run(test(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
