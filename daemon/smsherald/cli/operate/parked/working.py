"""Long work on what is parked: how far it is, and its end when somebody interrupts it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import typer

from smsherald.cli.exits import INTERRUPTED
from smsherald.cli.operate.parked import replaying
from smsherald.cli.progress import bar

if TYPE_CHECKING:
    from rich.progress import ProgressColumn


def worked(
    what: str, work: Callable[[asyncio.Event, replaying.Progress], Awaitable[replaying.Done]]
) -> replaying.Done:
    """Work until all is done or somebody interrupts it, which ends it after what is begun."""
    stop = asyncio.Event()

    async def run(progress: replaying.Progress) -> replaying.Done:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await work(stop, progress)

    with bar(what, columns=_columns) as shown:
        so_far = 0

        def advance(more: int, left: int) -> None:
            nonlocal so_far
            so_far += more
            shown(so_far, so_far + left)

        done = asyncio.run(run(advance))
    if stop.is_set():
        typer.echo(f"interrupted after {done.done:,}; run it again to go on", err=True)
        raise typer.Exit(INTERRUPTED)
    return done


def _columns() -> Sequence[ProgressColumn]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
