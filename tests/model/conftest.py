"""Searches on all cores, and says in the terminal's summary how much was searched."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeAlias

import pytest

from model.replicas import scenarios as shared
from model.replicas.sharing import Sharing
from model.scenarios import RESEND, TAKEN_AWAY, WHOLE, whole
from model.search import Result, search
from model.sending import Sending

Searched: TypeAlias = Sending | Sharing

_SEARCHED = pytest.StashKey[list[str]]()


def _timed(model: Searched) -> tuple[Result, float]:
    start = time.monotonic()
    match model:
        case Sending():
            found = search(model)
        case Sharing():
            found = search(model)
    return found, time.monotonic() - start


@pytest.fixture(scope="session")
def searched(pytestconfig: pytest.Config) -> Iterator[Callable[[str, Searched], Result]]:
    """Return what gives the result of a search; all are begun at the first use."""
    said = pytestconfig.stash.setdefault(_SEARCHED, [])
    gone, gone_here = TAKEN_AWAY.values(), shared.TAKEN_AWAY.values()
    models: list[Searched] = [
        *map(Sending, (*WHOLE.values(), *gone, *map(whole, gone), *RESEND.values())),
        *map(Sharing, (*shared.WHOLE.values(), *gone_here, *map(shared.whole, gone_here))),
    ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        results = {each: pool.submit(_timed, each) for each in dict.fromkeys(models)}

        def result(name: str, model: Searched) -> Result:
            found, seconds = results[model].result(timeout=300)
            said.append(f"{found.worlds:>9,} states {seconds:5.1f} s  {name}: {found.short()}")
            print(f"{name}: {found}")  # noqa: T201 - `pytest -s` shows the trace.
            return found

        yield result


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the counts."""
    if said := config.stash.get(_SEARCHED, None):
        terminalreporter.section(
            "models of the ledger's protocol, and of daemons that share a queue"
        )
        for line in sorted(said):
            terminalreporter.write_line(line)
