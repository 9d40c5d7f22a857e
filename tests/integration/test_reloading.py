"""A reload that does not come to its end, or ends as nothing should."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smsherald.app import Reloads, background, running
from smsherald.observe.systemd import Systemd
from smsherald.settings.load import Loaded, load
from support.daemon import Daemon
from support.sandbox import SandboxProcess
from support.waiting import PATIENCE, eventually


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        pytest.param(
            lambda: threading.Event().wait(PATIENCE), "it was not read within", id="hangs"
        ),
        pytest.param(lambda: sys.exit(3), "RuntimeError", id="ends"),
    ],
)
async def test_is_refused_and_the_next_one_is_taken(
    fails: Callable[[], object],
    why: str,
    sandbox: SandboxProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smsherald.app.reload.READS_WITHIN", 0.5)
    configured = Daemon(tmp_path / "daemon", "memory://", sandbox.url)
    configured.write()
    loaded = load(configured.config, {}, unsafe=True)
    reads: Iterator[Callable[[], object]] = iter([fails, lambda: None])

    def read() -> Loaded:
        next(reads)()
        return loaded

    asked = asyncio.Event()
    async with running(loaded.settings, loaded.flows) as daemon:
        reloads = Reloads(daemon, read, Systemd({}))

        async def until(refused: Callable[[str | None], bool]) -> None:
            await asyncio.to_thread(
                eventually, lambda: refused(daemon.to.status.refused), what="a reload"
            )

        async with background(reloads.run(asked), "reloads"):
            asked.set()
            await until(lambda said: said is not None and why in said)
            assert "the one before it holds" in reloads.state
            asked.set()
            await until(lambda said: said is None)
            assert "refused" not in reloads.state
