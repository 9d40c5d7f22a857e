"""The four commands: `list`, `show`, `replay` and `drop`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.operate.parked.filtering import filtered, require_meant
from smsherald.cli.options import Config
from smsherald.settle.parked import Wanted

if TYPE_CHECKING:
    import asyncio

    from smsherald.cli.operate.parked.replaying import Done
    from smsherald.settings.load import LoadedStores
    from smsherald.settle.parked import ParkedMessage

app = typer.Typer(
    help="Look at what waits for a person, bring it again, or drop it.", no_args_is_help=True
)

Meant: TypeAlias = "Callable[[ParkedMessage], bool]"

_INTERRUPTED = 130

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which they are.")]
Everything = Annotated[bool, typer.Option("--all", help="All of them, without a filter.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


@app.command("list")
@filtered
def list_parked(
    wanted: Wanted,
    *,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List what is parked, the first to come first.

    Nothing is taken away by looking.
    """
    from smsherald.cli.operate.parked.view import print_list

    found, missing = _look(_stores(config), _filter(wanted))
    print_list([message.entry for message in found], as_json=as_json)
    _say_missing(missing)


@app.command()
@filtered
def show(
    wanted: Wanted,
    *,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Numbers, names and texts too: the body as it came.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Only the body, byte for byte; of one message.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show all there is of what is parked; 1 where there is none."""
    from smsherald.cli.operate.parked.view import print_details

    found, missing = _look(_stores(config), _filter(wanted))
    if raw and found:
        if len(found) > 1:
            raise typer.BadParameter(f"that is {len(found)} messages", param_hint="--raw")
        sys.stdout.buffer.write(found[0].delivery.body)
        return
    print_details(found, reveal=reveal, as_json=as_json)
    _say_missing(missing)
    if not found:
        typer.echo("not found", err=True)
        raise typer.Exit(FAILED)


@app.command()
@filtered
def replay(
    wanted: Wanted,
    *,
    everything: Everything = False,
    into: Annotated[
        str | None,
        typer.Option(
            "--to-flow",
            metavar="FLOW",
            help="For this flow in place of the one that it was parked for.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="N", help="At most so many a second.", show_default=False),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Also what was parked longer ago than ledger.retention: see below."
        ),
    ] = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Bring what is parked to the daemon again, by the flows that it has now.

    What was sent is not sent again; what had failed is tried again. What still cannot be made into
    a text is parked again. It may be interrupted, and run again to go on, also twice at once.

    The ledger forgets what has ended after ledger.retention: what was parked longer ago could be
    texted again, and is left out unless --force says otherwise.

    Exits with 1 where something stays parked that was meant.
    """
    from smsherald.cli.operate.parked import replaying

    require_meant(wanted, everything=everything)
    stores = _stores(config)
    too_old = 0

    def meant(message: ParkedMessage) -> bool:
        nonlocal too_old
        if not wanted.holds(message.entry, time.time()):
            return False
        at = message.entry.at
        if force or (at is not None and time.time() - at < stores.ledger.retention):
            return True
        too_old += 1
        return False

    if dry_run:
        _print_meant(stores, meant, "would come again")
    else:

        async def work(stop: asyncio.Event, progress: Callable[[int], object]) -> Done:
            return await replaying.replay(
                stores, meant, flow=into, rate=rate, stop=stop, progress=progress
            )

        done = _worked("Replaying", work)
        typer.echo(
            f"{done.done:,} brought again; {done.freed:,} SMSes that had failed are tried again"
        )
        if done.unknown:
            typer.echo(f"{done.unknown:,} stay: nobody knows with which routing key", err=True)
        if done.refused:
            typer.echo(f"{done.refused:,} stay: the broker does not take them now", err=True)
        if done.unknown or done.refused:
            raise typer.Exit(FAILED)
    if too_old:
        typer.echo(f"{too_old:,} stay: parked longer ago than ledger.retention; --force", err=True)
        raise typer.Exit(FAILED)


@app.command()
@filtered
def drop(
    wanted: Wanted,
    *,
    everything: Everything = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Take what is parked away for good: nobody will be texted for it."""
    from smsherald.cli.operate.parked import replaying

    require_meant(wanted, everything=everything)
    stores = _stores(config)
    meant = _filter(wanted)
    if dry_run:
        _print_meant(stores, meant, "would be dropped")
        return

    async def work(stop: asyncio.Event, progress: Callable[[int], object]) -> Done:
        return await replaying.drop(stores, meant, stop=stop, progress=progress)

    typer.echo(f"{_worked('Dropping', work).done:,} dropped")


def _stores(config: Config) -> LoadedStores:
    import os

    from smsherald.broker.choose import is_embedded
    from smsherald.settings.load import find_config, load_stores

    stores = load_stores(find_config(config, os.environ), os.environ)
    if is_embedded(stores.broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon", param_hint="--config"
        )
    return stores


def _look(stores: LoadedStores, meant: Meant) -> tuple[list[ParkedMessage], int]:
    """Return what is meant, and how much more there is that could not be looked at."""
    import asyncio

    from smsherald.cli.operate.parked.visit import visiting

    async def look() -> tuple[list[ParkedMessage], int]:
        async with visiting(stores, meant) as visit:
            return visit.found, visit.missing + visit.left

    return asyncio.run(look())


def _filter(wanted: Wanted) -> Meant:
    return lambda message: wanted.holds(message.entry, time.time())


def _print_meant(stores: LoadedStores, meant: Meant, what: str) -> None:
    from smsherald.cli.operate.parked.view import print_list

    found, missing = _look(stores, meant)
    print_list([message.entry for message in found], as_json=False)
    typer.echo(f"{len(found):,} {what}")
    _say_missing(missing)


def _say_missing(missing: int) -> None:
    if missing:
        typer.echo(
            f"{missing:,} more are there and cannot be shown now: another command has them, "
            "or they are too many or too large for one look",
            err=True,
        )


def _worked(
    what: str, work: Callable[[asyncio.Event, Callable[[int], object]], Coroutine[Any, Any, Done]]
) -> Done:
    """Work until all is done or somebody interrupts it, which ends it after what is begun."""
    import asyncio
    import signal

    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    stop = asyncio.Event()

    async def run(progress: Callable[[int], object]) -> Done:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await work(stop, progress)

    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        done = asyncio.run(run(lambda count: bar.advance(task, count)))
    if stop.is_set():
        typer.echo(f"interrupted after {done.done:,}; run it again to go on", err=True)
        raise typer.Exit(_INTERRUPTED)
    return done
