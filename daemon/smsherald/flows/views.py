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
        when = flow.when
        if when is None:
            return self._read(flow)
        early = when.names <= self._plain.keys()
        if early and not when.holds(self._plain):
            return None
        view = self._read(flow)
        return view if early or when.holds(view) else None

    def asked(self, flow: Flow) -> Values:
        """Return the names that a flow's condition is asked about. Raises UnusableError."""
        early = flow.when is not None and flow.when.names <= self._plain.keys()
        return self._plain if early else self._read(flow)

    def known(self, flow: Flow) -> Values:
        """Return the names of a flow's templates, without those that cannot be read."""
        try:
            return self._read(flow)
        except UnusableError:
            return self._plain

    def unchecked(self, flow: Flow) -> Values:
        """Return the names of a flow's templates with the event as it came."""
        name, body = self._named(flow)
        return self._plain if name is None else {**self._plain, name: body}

    def _read(self, flow: Flow) -> Values:
        schema, unwrap = flow.schema, flow.unwrap
        if schema is None and unwrap is None:
            return self._plain
        key = (schema, None if unwrap is None else unwrap.source)
        view = self._loaded.get(key)
        if view is None:
            try:
                name, body = self._named(flow)
                loaded = body if schema is None else schema.load(body)
                view = {**self._plain, str(name): loaded}
            except UnusableError as error:
                view = error
            self._loaded[key] = view
        if isinstance(view, UnusableError):
            raise view
        return view

    def _named(self, flow: Flow) -> tuple[str | None, Any]:
        """Return what the flow is about as it came, and what templates call it."""
        found = self._event.body if flow.unwrap is None else flow.unwrap.found(self._plain)
        if flow.schema is not None:
            return flow.schema.name, flow.schema.unwrapped(found)
        return (None if flow.unwrap is None else UNWRAPPED), found
