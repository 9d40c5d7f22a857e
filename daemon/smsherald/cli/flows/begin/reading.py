"""Reads the event that a flow is to be made of: a bare body, or one that was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smsherald.cli.flows.begin.event import routes
from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.errors import UnusableError
from smsherald.events import decode
from smsherald.events.recorded import is_recorded, recorded
from smsherald.events.strict_json import value_of
from smsherald.model import Delivery, Event

_NOW = 1_767_225_600.0


class UnreadableError(Exception):
    """What a file holds is no event; the sentence never shows it."""


@dataclass(frozen=True, slots=True)
class Given:
    """An event, and the route that brings it."""

    body: Any
    """Without an envelope's `parameters`: there are credentials among them."""
    origin: Origin
    line: dict[str, Any] | None
    """As it was recorded; None: the file is a bare body."""
    had_parameters: bool


def given(content: bytes, path: Path, routing_key: str | None) -> Given:
    """Read an event. Raises UnreadableError with a sentence for people."""
    try:
        data = value_of(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None
    except UnusableError as error:
        raise UnreadableError(f"{error.detail}: one event is due, as JSON") from None
    line = data if is_recorded(data) else None
    try:
        event = _event(data, line, len(content))
    except (UnusableError, ValueError) as error:
        detail = error.detail if isinstance(error, UnusableError) else str(error)
        raise UnreadableError(detail) from None
    found = None if line is None else routes.recorded(event)
    origin = found or routes.said(event, path.stem)
    if routing_key is not None:
        origin = routes.known(routing_key, origin.exchange if found else None)
    return Given(event.body, origin, line, event.had_parameters)


def _event(data: Any, line: dict[str, Any] | None, size: int) -> Event:
    if line is not None:
        delivery = recorded(line).delivery
        return decode(delivery, now=_NOW, max_body=max(len(delivery.body), size))
    body = json.dumps(data).encode()
    delivery = Delivery(body, {"headers": {}}, "", "unknown", redelivered=False, tag=0)
    return replace(decode(delivery, now=_NOW, max_body=len(body)), routing_key="")
