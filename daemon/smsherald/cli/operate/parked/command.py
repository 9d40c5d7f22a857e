"""The four commands: `list`, `show`, `replay` and `drop`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.listing import ListsByItself
from smsherald.cli.operate.parked.filtering import filtered, require_meant
from smsherald.cli.options import Config
from smsherald.settle.parked import Wanted
from smsherald.unit import ours

if TYPE_CHECKING:
    import asyncio

    from smsherald.cli.operate.parked.replaying import Done, Progress
    from smsherald.settings.load import LoadedStores
    from smsherald.settle.parked import ParkedMessage

app = typer.Typer(
    cls=ListsByItself,
    help="Look at what waits for a person, bring it again, or drop it.\n\n"
    "Without a command: `list`, which takes its options too.",
)

Meant: TypeAlias = "Callable[[ParkedMessage], bool]"

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

    found, missing, others = _look(_stores(config), _filter(wanted))
    print_list([message.entry for message in found], as_json=as_json)
    _say_missing(missing, others)


@app.command()
@filtered
def show(
    wanted: Wanted,
    *,
    everything: Everything = False,
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

    require_meant(wanted, everything=everything)
    found, missing, others = _look(_stores(config), _filter(wanted))
    if raw and found:
        if len(found) > 1:
            raise typer.BadParameter(f"that is {len(found)} messages", param_hint="--raw")
        sys.stdout.buffer.write(found[0].delivery.body)
        sys.stdout.buffer.flush()
        return
    print_details(found, reveal=reveal, as_json=as_json)
    _say_missing(missing, others)
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
        typer.Option(
            min=0.1, max=10_000, metavar="N", help="At most so many a second.", show_default=False
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also what could be texted a second time by that: see above."),
    ] = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Bring what is parked to the daemon again, by the flows that it has now.

    What was sent is not sent again; what had failed is tried again. What still cannot be made into
    a text is parked again. It may be interrupted, and run again to go on, also twice at once.

    The ledger forgets what has ended after ledger.retention: what was parked longer ago could be
    texted again, and is left out unless --force says otherwise. So is, with --to-flow, what has
    been sent in part by its own flow.

    Exits with 1 where something stays parked that was meant.
    """
    from smsherald.cli.operate.parked import gone, replaying
    from smsherald.cli.operate.parked.working import worked

    require_meant(wanted, everything=everything)
    stores, notice = _stores(config), gone.notice(config, into)
    how = replaying.How(into, rate, force)
    retention, too_old = stores.ledger.retention, set[str]()

    def meant(message: ParkedMessage) -> bool:
        if not wanted.holds(message.entry, time.time()):
            return False
        at = message.first_parked
        if force or (at is not None and time.time() - at < retention):
            return True
        too_old.add(message.entry.id)
        return False

    if dry_run:
        stays = _print_meant(stores, meant, "would come again", notice)
    else:

        async def work(stop: asyncio.Event, progress: Progress) -> Done:
            return await replaying.replay(
                stores, meant, how=how, stop=stop, notice=notice, progress=progress
            )

        done = worked("Replaying", work)
        smses = "1 SMS" if done.freed == 1 else f"{done.freed:,} SMSes"
        freed = f"; {smses} that had failed may be sent" if done.freed else ""
        its = "" if into else ", under its ID"
        again = (
            f"; what is still wrong is parked again{its}: `{ours(os.environ, 'parked', 'list')}`"
            if done.done
            else ""
        )
        typer.echo(f"{done.done:,} brought again{freed}{again}")
        for count, why in (
            (done.unknown, "nobody knows with which routing key they were published"),
            (done.refused, "the broker does not take them now"),
            (done.begun, f"their own flow has sent some of it, which {into} would send again"),
        ):
            _say_stays(count, why)
        _say_missing(done.missing, done.others)
        stays = done.stays
        if not (done.done or stays or too_old):
            typer.echo("nothing is parked that was asked for", err=True)
            stays = 1
    _say_stays(len(too_old), "parked longer ago than ledger.retention; --force brings them")
    if stays or too_old:
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
    """Take what is parked away for good: nobody will be texted for it.

    Exits with 1 where nothing is dropped, or something stays that was meant.
    """
    from smsherald.cli.operate.parked import replaying
    from smsherald.cli.operate.parked.working import worked

    require_meant(wanted, everything=everything)
    stores = _stores(config)
    meant = _filter(wanted)
    if dry_run:
        if _print_meant(stores, meant, "would be dropped"):
            raise typer.Exit(FAILED)
        return

    async def work(stop: asyncio.Event, progress: Progress) -> Done:
        return await replaying.drop(stores, meant, stop=stop, progress=progress)

    done = worked("Dropping", work)
    typer.echo(f"{done.done:,} dropped")
    _say_missing(done.missing, done.others)
    if done.missing or not done.done:
        raise typer.Exit(FAILED)


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


def _look(stores: LoadedStores, meant: Meant) -> tuple[list[ParkedMessage], int, int]:
    """Return what is meant, how much more could not be looked at, and how many others look."""
    import asyncio

    from smsherald.cli.operate.parked.visit import visiting

    async def look() -> tuple[list[ParkedMessage], int, int]:
        async with visiting(stores, meant) as visit:
            return visit.found, visit.missing + visit.left, visit.others

    return asyncio.run(look())


def _filter(wanted: Wanted) -> Meant:
    return lambda message: wanted.holds(message.entry, time.time())


def _print_meant(
    stores: LoadedStores,
    meant: Meant,
    what: str,
    notice: Callable[[Sequence[ParkedMessage]], object] = len,
) -> int:
    """Print what is meant; return how much could not be looked at."""
    from smsherald.cli.operate.parked.view import print_list

    found, missing, others = _look(stores, meant)
    notice(found)
    print_list([message.entry for message in found], as_json=False)
    typer.echo(f"{len(found):,} {what}")
    _say_missing(missing, others)
    return missing


def _say_stays(count: int, why: str) -> None:
    if count:
        typer.echo(f"{count:,} {'stays' if count == 1 else 'stay'}: {why}", err=True)


def _say_missing(missing: int, others: int) -> None:
    if others:
        typer.echo(
            "another command is at the parked queue: what it holds is not seen here; look again",
            err=True,
        )
    elif missing:
        is_, was = ("is", "was") if missing == 1 else ("are", "were")
        typer.echo(
            f"{missing:,} more {is_} parked and {was} not looked at: too many, or too large, for "
            "one look; run it again",
            err=True,
        )
