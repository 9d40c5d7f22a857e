"""What templates see of one event."""

from __future__ import annotations

from typing import Any

from smsherald.errors import UnusableError
from smsherald.events.schemas import EventSchema
from smsherald.flows.flow import Flow
from smsherald.flows.language.runtime import Values
from smsherald.flows.language.template import UNWRAPPED
from smsherald.model import Event


class Views:
    """The names that templates may use: loaded once for every schema, however many flows ask."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._plain: Values = {
            "event": {
                "id": event.id,
                "type": event.names[0] if event.names else None,
                "source": event.source,
                "time": int(event.time if event.happened is None else event.happened),
                "routing_key": event.routing_key,
                "headers": event.headers,
                "body": event.body,
            }
        }
        self._loaded: dict[tuple[EventSchema | None, str | None], Values | UnusableError] = {}

    def of(self, flow: Flow) -> Values | None:
        """Return the names that a flow's templates may use; None where it does not want the event.

        A condition that asks the event alone is asked first: what others publish on an exchange
        need not be what this flow's schema says. Raises UnusableError.
        """
        early = flow.when is not None and flow.when.names <= self._plain.keys()
        if early and not flow.wants(self._plain):
            return None
        view = self._read(flow)
        return view if early or flow.wants(view) else None

    def unchecked(self, flow: Flow) -> Values:
        """Return the names of a flow's templates with the event as it came."""
        name, body = self._inner(flow)
        return self._plain if name is None else {**self._plain, name: body}

    def _read(self, flow: Flow) -> Values:
        key = (flow.schema, None if flow.unwrap is None else flow.unwrap.source)
        view = self._loaded.get(key)
        if view is None:
            try:
                view = self._load(flow)
            except UnusableError as error:
                view = error
            self._loaded[key] = view
        if isinstance(view, UnusableError):
            raise view
        return view

    def _load(self, flow: Flow) -> Values:
        name, body = self._inner(flow)
        if name is None:
            return self._plain
        loaded = body if flow.schema is None else flow.schema.load(body)
        return {**self._plain, name: loaded}

    def _inner(self, flow: Flow) -> tuple[str | None, Any]:
        """Return what the flow is about, and what templates call it."""
        if flow.unwrap is None:
            if flow.schema is None:
                return None, None
            return flow.schema.name, flow.schema.unwrapped(self._event.body)
        found = flow.unwrap.found(self._plain)
        if flow.schema is None:
            return UNWRAPPED, found
        return flow.schema.name, flow.schema.unwrapped(found)
