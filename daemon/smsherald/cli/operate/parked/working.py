"""Long work on what is parked: how far it is, and its end when somebody interrupts it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from smsherald.cli.exits import INTERRUPTED
from smsherald.cli.operate.parked import replaying


def worked(
    what: str, work: Callable[[asyncio.Event, replaying.Progress], Awaitable[replaying.Done]]
) -> replaying.Done:
    """Work until all is done or somebody interrupts it, which ends it after what is begun."""
    console = Console(stderr=True)
    stop = asyncio.Event()

    async def run(progress: replaying.Progress) -> replaying.Done:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await work(stop, progress)

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def advance(more: int, left: int) -> None:
            (row,) = bar.tasks
            bar.update(task, advance=more, total=row.completed + more + left)

        done = asyncio.run(run(advance))
    if stop.is_set():
        typer.echo(f"interrupted after {done.done:,}; run it again to go on", err=True)
        raise typer.Exit(INTERRUPTED)
    return done
