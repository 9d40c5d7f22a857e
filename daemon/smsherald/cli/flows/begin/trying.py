"""Reads what is about to be written as `smsherald check` will, and sees what it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.begin.sketch import Expected
from smsherald.errors import ConfigurationError, Problem
from smsherald.events import decode
from smsherald.flows import EVENTS, make
from smsherald.model import Delivery, Event
from smsherald.settings.flows.check import check
from smsherald.settings.load import LoadedFlows, load_flows

_NOW = 1_767_225_600.0
_MOST_BODY = 100 * 1000**2


@dataclass(frozen=True, slots=True)
class Tried:
    """What a flow makes of its event, and why, where that is nothing."""

    expected: Expected
    detail: str | None = None


def tried(files: Mapping[str, str], body: Any, origin: Origin, environ: Mapping[str, str]) -> Tried:
    """Say what a configuration makes of an event. Raises ConfigurationError."""
    with TemporaryDirectory(prefix="smsherald-init-") as folder:
        loaded = _loaded(folder, files, environ)
    made = make(_event(body, origin), loaded.flows)
    if made.defects:
        (defect, *_) = made.defects
        return Tried(Expected(parked=str(defect.reason)), defect.detail)
    if not made.smses:
        return Tried(Expected(ignored=True))
    (sms, *_) = made.smses
    return Tried(Expected(sms.asked.to, sms.asked.text))


def doubts(files: Mapping[str, str], environ: Mapping[str, str]) -> list[Problem]:
    """Return what `check --flows --strict` would say of files. Raises ConfigurationError."""
    with TemporaryDirectory(prefix="smsherald-init-") as folder:
        loaded = _loaded(folder, files, environ)
    return [*loaded.warnings, *check(loaded)]


def _loaded(folder: str, files: Mapping[str, str], environ: Mapping[str, str]) -> LoadedFlows:
    for name, text in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    try:
        return load_flows(Path(folder, "smsherald.yaml"), environ)
    except ConfigurationError as error:
        raise ConfigurationError(
            [
                replace(problem, file=problem.file.removeprefix(f"{folder}/"))
                for problem in error.problems
            ]
        ) from None


def _event(body: Any, origin: Origin) -> Event:
    """Return an event as its flow's test reads it."""
    exchange = EVENTS if origin.exchange is None else origin.exchange
    content = json.dumps(body).encode()
    delivery = Delivery(
        content, {"headers": {}}, exchange, origin.key or "", redelivered=False, tag=0
    )
    event = decode(delivery, now=_NOW, max_body=_MOST_BODY)
    return event if origin.type is None or event.names else replace(event, names=(origin.type,))
