"""What stands in `subscribe` of a flow file, and which of it a test of the flow means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from smsherald.flows import Route
from smsherald.settings import shapes
from smsherald.settings.fields import Meant, Text, misplaced
from smsherald.settings.keys import Keys


class RouteSchema(Keys):
    """One route."""

    hints: ClassVar[Mapping[str, str]] = {
        "routing_key": "unknown; the routing key of a route is `key`",
        "routing-key": "unknown; the routing key of a route is `key`",
        "queue": "unknown; the daemon has one queue, `broker.queue`, which it binds to `exchange`",
        "name": "unknown; an exchange is `exchange`, a name that events are known by is `type`",
        "event": "unknown; a name that events are known by is `type`",
    }

    exchange = Text(
        shapes.others_exchange,
        meaning="An exchange that somebody else declares; `broker.exchange` without it.",
    )
    key = Text(
        shapes.others_key,
        meaning="A routing key, with `*` and `#` as above; without it, every event's.",
    )
    type = Text(
        shapes.exact, meaning="A name that the event is known by, whole: its CloudEvents type, …"
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def say_something(self, _data: Any, original: Any, **_: Any) -> None:
        """Say at least one thing; where it is misspelt, that is said."""
        if isinstance(original, Mapping) and not original:
            message = "wants nothing: a route has an `exchange`, a `key` or a `type`"
            raise ValidationError(message)


class RouteField(Meant[Route]):
    """A routing key on `broker.exchange`, or a mapping."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._key = Text(shapes.pattern)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Route:
        if isinstance(value, str):
            return Route(key=self._key.deserialize(value))
        if not isinstance(value, Mapping):
            due = "a routing key" if isinstance(value, list) else "text"
            raise ValidationError(misplaced(value, due))
        said: Any = RouteSchema().load(value)
        return Route(**said)


def route_of_test(test: Mapping[str, Any], routes: Sequence[Route]) -> Route:
    """Return where a test's event comes from: what it leaves out is said by the first route.

    That is the first that has what the test says of exchange and type.
    """
    said = Route(test.get("exchange"), test.get("routing_key"), test.get("type"))
    like = next(
        (
            route
            for route in routes
            if said.exchange in (None, route.exchange) and said.type in (None, route.type)
        ),
        routes[0],
    )
    return Route(
        like.exchange if said.exchange is None else said.exchange,
        (like.key or "") if said.key is None else said.key,
        like.type if said.type is None else said.type,
    )
