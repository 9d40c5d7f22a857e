"""`smsherald run`: the daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe",
        help="Run with a ledger.quarantine that is too short, for tests: texts may go out twice.",
    ),
]


Watching = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Read the configuration anew by itself, seconds after one of its files has changed: "
        "the settings, a flow, or what ${file:…} names.",
    ),
]


def command(config: Config = None, unsafe: Unsafe = False, watch: Watching = False) -> None:  # noqa: FBT002 - typer's signature
    """Run the daemon until SIGTERM or SIGINT; SIGHUP has the configuration read anew.

    Exits with 0 when all that was in flight has finished, 1 when it outlasted broker.drain,
    78 when an operator must mend something first.
    """
    import gc
    import signal

    # Nothing that is imported is garbage, and to look for it would take a fifth of the start.
    gc.disable()
    # The kernel keeps one until it can be heard: by itself it would end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})

    import asyncio
    import os
    import sys
    from functools import partial

    from smsherald.observe.log import configure
    from smsherald.observe.systemd import Systemd
    from smsherald.service import Watch, run, saying_why_it_ends, without_number
    from smsherald.settings.flows.check import require
    from smsherald.settings.load import Loaded, find_config, load
    from smsherald.settings.watch import look

    _relieve_collector()
    systemd = Systemd(os.environ)
    systemd.status("reading the configuration")
    with saying_why_it_ends(systemd):
        path = find_config(config, os.environ)
        files = Watch(partial(look, path), look(path)) if watch else None
        read = partial(load, path, os.environ, unsafe=unsafe)
        loaded = read()

    def again() -> Loaded:
        """Read it anew; a flow whose test fails is taken by a start, which nothing may hold up."""
        anew = read()
        require(anew)
        return anew

    # It stays as well; of what came and went while it was read, little is left by now.
    gc.freeze()
    configure(loaded.settings.log, sys.stdout)
    for warning in loaded.warnings:
        say.warning(warning)
    try:
        with saying_why_it_ends(systemd):
            code = asyncio.run(run(loaded, again, systemd, files))
    except OSError as error:
        say.error(f"smsherald: {without_number(error)}")
        raise typer.Exit(FAILED) from error
    raise typer.Exit(code)


def _relieve_collector() -> None:
    """Let the garbage collector look at what is new only, and less often.

    What is here by now stays. With Python's own thresholds, made for small programs, it took a
    tenth of the CPU: some hundreds of events in flight look like garbage that grows.
    """
    import gc

    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
