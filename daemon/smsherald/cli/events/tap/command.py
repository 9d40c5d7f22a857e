"""`smsherald tap`: what is published right now, for `preview`, tests and `backtest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED, INTERRUPTED
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.broker.topology import Topology
    from smsherald.cli.events.tap.tapping import Enough, Tapped
    from smsherald.settings.load import LoadedStores

EVERYTHING = "#"


def command(
    *,
    count: Annotated[
        int | None,
        typer.Option("--count", "-n", min=1, help="End after so many events.", show_default=False),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", "-s", min=0.1, help="End after so long.", show_default=False),
    ] = None,
    mask: Annotated[
        bool,
        typer.Option(
            "--mask",
            help="Mask names, addresses, numbers and e-mails as far as they can be recognised: "
            "look before you pass it on.",
        ),
    ] = False,
    routing_key: Annotated[
        list[str] | None,
        typer.Option(
            "--routing-key",
            "-k",
            metavar="PATTERN",
            help="What to listen to; repeatable. Default: what the flows subscribe to.",
            show_default=False,
        ),
    ] = None,
    exchange: Annotated[
        str | None,
        typer.Option(
            help="The exchange to listen on; without a pattern, to all of it. Default: "
            "broker.exchange.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to a file, which its owner alone may read; it must not be there yet.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Print copies of live events, one line of JSON each, until Ctrl-C.

    A line is {"at", "exchange", "routing_key", "properties", "headers", "body"}, or "body_base64"
    of what is no JSON. `smsherald preview`, `backtest`, `init --from` and the tests of flows read
    it. An envelope's `parameters` are left out. Personal data are in it: see --mask.

    The daemon misses nothing by that: the copies come by a queue of this command's own, which goes
    with it. There at most 1,000 wait; then the oldest are dropped, and it says so.

    Exits with 0, also by Ctrl-C where neither --count nor --seconds says when it ends; else with
    130. With 1 when --seconds are over and nothing came, 69 when the broker cannot be reached or
    goes away, 78 when the exchange is not there.
    """
    import asyncio
    import os
    from functools import partial

    from smsherald.broker.choose import is_embedded
    from smsherald.cli.events.tap.lines import lines_to
    from smsherald.cli.events.tap.tapping import Enough, tap
    from smsherald.settings.load import find_config, load_stores

    path = find_config(config, os.environ)
    stores = load_stores(path, os.environ)
    if is_embedded(stores.broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon: nothing can be seen of it "
            "from outside",
            param_hint="--config",
        )
    topology = _topology(stores, path, routing_key, exchange)
    enough = Enough(count, seconds)
    with lines_to(output, masked=mask) as write:
        listens = partial(_say_what, topology)
        try:
            tapped = asyncio.run(tap(stores.broker, topology, write, enough, listens))
        except OSError as error:
            where = "standard output" if output is None else output
            say.error(f"{where} cannot be written: {error.strerror}")
            raise typer.Exit(FAILED) from None
    _say_end(tapped, enough)


def _topology(
    stores: LoadedStores, path: Path, patterns: list[str] | None, exchange: str | None
) -> Topology:
    """Return what to listen to: what is asked for, else what the flows subscribe to."""
    import os

    from smsherald.broker.topology import Topology
    from smsherald.settings.load import load_flows
    from smsherald.settings.shapes import others_key

    for pattern in patterns or ():
        try:
            others_key(pattern)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--routing-key") from error
    others: frozenset[tuple[str, str]] = frozenset()
    if patterns:
        keys = frozenset(patterns)
    elif exchange is not None:
        keys = frozenset({EVERYTHING})
    else:
        flows = load_flows(path, os.environ).flows
        keys, others = flows.keys, flows.others
    return Topology(
        exchange=stores.broker.exchange if exchange is None else exchange,
        queue=stores.broker.queue,
        tiers=stores.tiers,
        notifications=stores.notifications,
        keys=keys,
        own=False,
        others=others,
    )


def _say_what(topology: Topology) -> None:
    """Say what is listened to: until something comes nothing else is seen."""
    names = sorted(topology.keys) + sorted(f"{name} {key}" for name, key in topology.others)
    typer.echo(f"Listening on {topology.exchange} to {', '.join(names)}; Ctrl-C ends it.", err=True)


def _say_end(tapped: Tapped, enough: Enough) -> None:
    """Say on standard error how it went: the lines themselves may go anywhere."""
    if tapped.dropped:
        say.warning("events came faster than they could be written: some of the oldest are missing")
    number = "1 event" if tapped.count == 1 else f"{tapped.count:,} events"
    typer.echo(f"{number} written", err=True)
    if tapped.interrupted and enough.is_said:
        raise typer.Exit(INTERRUPTED)
    if not (tapped.count or tapped.interrupted or tapped.closed):
        typer.echo("Nothing was published on that. Try --routing-key '#', or longer.", err=True)
        raise typer.Exit(FAILED)
