"""Reads the configuration and the event, and says what comes of it: once, or at every change."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED
from smsherald.cli.files import GIVE
from smsherald.cli.flows.preview import watching
from smsherald.cli.flows.preview.facts import Question, facts_of, is_good
from smsherald.cli.flows.preview.paint import Paint
from smsherald.cli.flows.preview.reading import Given, events_of, read_file, said
from smsherald.cli.flows.preview.view import as_json, lines_of, width
from smsherald.errors import ConfigurationError
from smsherald.flows import Flow
from smsherald.settings.load import LoadedFlows, find_config, load_flows
from smsherald.unit import why

_MOST = 20
"""Events of a file that are shown."""
_CLEAR = "\x1b[2J\x1b[H"


@dataclass(frozen=True, slots=True)
class Preview:
    """What the command line asks for."""

    event: str
    routing_key: str | None
    exchange: str | None
    headers: Mapping[str, str]
    flow: str | None
    config: Path | None
    as_json: bool = False

    def once(self) -> int:
        """Print it, and return the exit code. Raises typer.BadParameter."""
        try:
            loaded = load_flows(find_config(self.config, os.environ), os.environ)
        except ConfigurationError as error:
            for problem in error.problems:
                say.error(problem)
            return CONFIGURATION
        flows = self._flows(loaded)
        given, is_cut = self._given()
        asked = Question(self.routing_key is not None, self.exchange, time.time())
        every = [facts_of(each, flows, loaded, asked) for each in given]
        if every or self.as_json:
            typer.echo(as_json(every) if self.as_json else _told(every))
        if not every:
            say.warning(f"{self.event} has no event: not a line of it says anything")
        if is_cut:
            say.warning(f"{self.event} has more events: the first {_MOST} are shown")
        return 0 if every and all(map(is_good, every)) else FAILED

    def forever(self) -> NoReturn:
        """Print it now, and again whenever a file of it is saved."""
        config = find_config(self.config, os.environ)

        def look() -> watching.Look:
            return watching.look(watching.files(self.event, config))

        while True:
            # Looked at before it is read: what is saved meanwhile is seen the next time.
            seen = look()
            if sys.stdout.isatty():
                typer.echo(_CLEAR, nl=False)
            try:
                self.once()
            except typer.BadParameter as error:
                say.error(error.format_message())
            typer.echo("Waits for a change; Ctrl-C ends it.", err=True)
            watching.changed(seen, look)

    def _flows(self, loaded: LoadedFlows) -> Sequence[Flow]:
        if self.flow is None:
            return tuple(loaded.flows)
        flow = loaded.flows.get(self.flow)
        if flow is None:
            known = ", ".join(loaded.flows.ids)
            raise typer.BadParameter(
                f"no flow is called so; there are {known}", param_hint="--flow"
            )
        return (flow,)

    def _given(self) -> tuple[Sequence[Given], bool]:
        """Return the events, and whether there are more. Raises typer.BadParameter."""
        try:
            found = list(islice(events_of(self.event, read_file(self.event)), _MOST + 1))
        except OSError as error:
            message = f"{self.event}: {why(error, GIVE)}"
            raise typer.BadParameter(message, param_hint="EVENT.json") from None
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="EVENT.json") from None
        given = [said(each, self.routing_key, self.exchange, self.headers) for each in found]
        return given[:_MOST], len(given) > _MOST


def _told(every: Sequence[Mapping[str, Any]]) -> str:
    paint, columns = Paint.of_terminal(), width()
    return "\n\n\n".join("\n".join(lines_of(facts, paint, columns)) for facts in every)
