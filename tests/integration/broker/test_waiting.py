"""What waits is counted again soon after some of it was moved, whoever did that."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smsherald.app import running
from smsherald.settings.load import load
from support.daemon import Daemon
from support.http import request
from support.publishing import Publication, channel, publish
from support.sandbox import SandboxProcess
from support.waiting import PATIENCE, eventually


@pytest.mark.takes(10)
async def test_what_was_parked_or_dropped_is_not_waited_for_to_be_counted(
    amqp_url: str, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # After the first count there is none that nothing has moved anything for.
    monkeypatch.setattr("smsherald.app.waiting.EVERY", math.inf)
    configured = Daemon(tmp_path / "daemon", amqp_url, sandbox.url)
    configured.write()
    loaded = load(configured.config, {})
    async with running(loaded.settings, loaded.flows) as daemon:

        def said() -> Mapping[str, Any]:
            answer: Mapping[str, Any] = json.loads(request(f"{daemon.address}/status.json").text)
            return answer

        async def agree(parked: int) -> None:
            """Wait until broker and ledger say the same."""
            reasons = {"not_json": parked} if parked else {}
            await asyncio.to_thread(
                eventually,
                lambda: (
                    (said()["parked"], (said()["unfinished"] or {}).get("parked"))
                    == (parked, reasons)
                ),
                within=PATIENCE,
                what=f"{parked} are parked",
            )

        await agree(0)
        event = Publication("order.created", b"no")
        await asyncio.to_thread(publish, amqp_url, [event])
        await agree(1)
        await asyncio.to_thread(configured.command, "parked", "drop", "--all")
        await agree(0)


async def test_another_consumer_of_the_queue_is_in_doubt_until_it_is_gone(
    amqp_url: str, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsherald.app.waiting.EVERY", 0.25)
    monkeypatch.setattr("smsherald.observe.doubts.LASTS", 0.5)
    configured = Daemon(tmp_path / "daemon", amqp_url, sandbox.url)
    configured.write()
    loaded = load(configured.config, {})
    async with running(loaded.settings, loaded.flows) as daemon:

        async def until(*, doubted: bool) -> None:
            await asyncio.to_thread(
                eventually,
                lambda: bool(daemon.to.health.doubts) is doubted,
                what=f"another one is {'' if doubted else 'no more '}in doubt",
            )

        await until(doubted=False)
        with channel(amqp_url) as other:
            other.basic_consume("smsherald", lambda *_: None)
            await until(doubted=True)
            (said,) = daemon.to.health.doubts
            assert "the queue smsherald has another consumer beside the daemons" in said
        await until(doubted=False)
