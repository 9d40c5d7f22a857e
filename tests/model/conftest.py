"""Searches on all cores, and says in the terminal's summary how much was searched."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from model.scenarios import RESEND, TAKEN_AWAY, WHOLE, whole
from model.search import Result, search
from model.sending import Sending
from model.state import Scenario

_SEARCHED = pytest.StashKey[list[str]]()


def _timed(scenario: Scenario) -> tuple[Result, float]:
    start = time.monotonic()
    return search(Sending(scenario)), time.monotonic() - start


@pytest.fixture(scope="session")
def searched(pytestconfig: pytest.Config) -> Iterator[Callable[[str, Scenario], Result]]:
    """Return what gives the result of a scenario; all are begun at the first use."""
    said = pytestconfig.stash.setdefault(_SEARCHED, [])
    gone = TAKEN_AWAY.values()
    scenarios = (*WHOLE.values(), *gone, *map(whole, gone), *RESEND.values())
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        results = {each: pool.submit(_timed, each) for each in dict.fromkeys(scenarios)}

        def result(name: str, scenario: Scenario) -> Result:
            found, seconds = results[scenario].result(timeout=300)
            said.append(f"{found.worlds:>9,} states {seconds:5.1f} s  {name}: {found.short()}")
            print(f"{name}: {found}")  # noqa: T201 - `pytest -s` shows the trace.
            return found

        yield result


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the counts."""
    if said := config.stash.get(_SEARCHED, None):
        terminalreporter.section("model of the ledger's protocol")
        for line in sorted(said):
            terminalreporter.write_line(line)
