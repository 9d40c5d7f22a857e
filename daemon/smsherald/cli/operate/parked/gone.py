"""Whether the flows that parked events are for are there to take them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import typer

from smsherald.cli import say
from smsherald.cli.operate.terminal import printable
from smsherald.errors import ConfigurationError
from smsherald.settings.load import find_config, load_flows
from smsherald.settle.parked import ParkedMessage

_MOST_NAMED = 3


def notice(config: Path | None, into: str | None) -> Callable[[Sequence[ParkedMessage]], None]:
    """Return what says, of what is found, how many are for a flow that is not there.

    Nothing is said where all are for the flow `into`: that must be there, else BadParameter. Where
    the flows cannot be read nobody knows, which keeps nobody from going on.
    """
    try:
        flows = load_flows(find_config(config, os.environ), os.environ).flows.ids
    except ConfigurationError:
        return lambda _: None
    if into is None:
        return lambda found: _say_gone(found, flows)
    if into in flows:
        return lambda _: None
    there = ", ".join(sorted(flows)) or "none"
    raise typer.BadParameter(
        f"the configuration has no flow {into}; there are: {there}", param_hint="--to-flow"
    )


def _say_gone(found: Sequence[ParkedMessage], flows: Collection[str]) -> None:
    """Say how many are for a flow that is not there."""
    gone = [flow for message in found if (flow := message.entry.flow) and flow not in flows]
    if not gone:
        return
    names = [printable(name) for name in sorted(set(gone))]
    named = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
    meant = "1 is" if len(gone) == 1 else f"{len(gone):,} are"
    say.warning(
        f"the configuration does not have the flow that {meant} for ({named}): what the daemon has "
        "no flow for either is parked again; `--to-flow` brings it for another"
    )
