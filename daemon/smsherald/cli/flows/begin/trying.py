"""Reads what is about to be written as `smsherald check` will, and sees what it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.begin.reading import NOW
from smsherald.cli.flows.begin.sketch import Expected
from smsherald.errors import ConfigurationError, Problem
from smsherald.events import decode
from smsherald.flows import EVENTS, make
from smsherald.flows.insight import look
from smsherald.model import Delivery, Event, Json
from smsherald.settings.flows.check import check
from smsherald.settings.load import LoadedFlows, load_flows


@dataclass(frozen=True, slots=True)
class Tried:
    """What a flow makes of its event, and why, where that is nothing."""

    expected: Expected
    detail: str | None = None
    by_default: str | None = None
    """The country that `default_region` has given its number (ISO 3166)."""


class Stage:
    """A folder for trying; `environ` is what the settings may read."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def tried(self, files: Mapping[str, str], name: str, event: Event) -> Tried:
        """Say what the flow of a configuration makes of an event. Raises ConfigurationError."""
        with TemporaryDirectory(prefix="smsherald-init-") as folder:
            loaded = self._loaded(folder, files)
        alone = replace(event, only_flow=name)
        made = make(alone, loaded.flows)
        if made.defects:
            (defect, *_) = made.defects
            return Tried(Expected(parked=str(defect.reason)), defect.detail)
        if not made.smses:
            return Tried(Expected(ignored=True))
        (sms, *_) = made.smses
        reads = [text.read for flow in loaded.flows for text in look(alone, flow).texts]
        by_default = next((read.country for read in reads if read.source == "default"), None)
        return Tried(Expected(sms.asked.to, sms.asked.text), by_default=by_default)

    def doubts(self, files: Mapping[str, str]) -> list[Problem]:
        """Return what `check --flows --strict` would say of files. Raises ConfigurationError."""
        with TemporaryDirectory(prefix="smsherald-init-") as folder:
            loaded = self._loaded(folder, files)
            return [*loaded.warnings, *check(loaded)]

    def _loaded(self, folder: str, files: Mapping[str, str]) -> LoadedFlows:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            return load_flows(Path(folder, "smsherald.yaml"), self._environ)
        except ConfigurationError as error:
            problems = [
                replace(problem, file=problem.file.removeprefix(f"{folder}/"))
                for problem in error.problems
            ]
            raise ConfigurationError(problems) from None


def in_a_test(body: Json | list[Any], origin: Origin) -> Event:
    """Return an event as a flow's test has it that gives its body alone."""
    content = json.dumps(body).encode()
    exchange = EVENTS if origin.exchange is None else origin.exchange
    delivery = Delivery(
        content, {"headers": {}}, exchange, origin.key or "", redelivered=False, tag=0
    )
    event = decode(delivery, now=NOW, max_body=len(content))
    return event if origin.type is None or event.names else replace(event, names=(origin.type,))
