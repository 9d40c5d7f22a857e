"""Publishing from the sandbox: what its inbox page and curl send becomes an event."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from smsherald.sandbox.origin import require_own_origin

Publish = Callable[[str, bytes, Mapping[str, Any]], Awaitable[None]]
"""Takes a routing key, a body and AMQP's basic properties by name; returns once published."""

_ROUTING_KEY = re.compile(r"\A[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")
_LONGEST_KEY: Final = 255
_PERSISTENT: Final = 2


class Events:
    """The handler of `POST /events/{routing key}`.

    The body goes on as it came, unread: that an event is invalid is for the daemon to say.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def routes(self) -> list[web.RouteDef]:
        """Return what answers under `/events/`."""
        return [web.post("/events/{key}", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        """Publish a body; 202 says that the broker has it, not what became of it."""
        require_own_origin(request)
        key = request.match_info["key"]
        if len(key) > _LONGEST_KEY or not _ROUTING_KEY.match(key):
            return web.json_response(
                {"error": "a routing key is words of letters, digits, - and _, joined by dots"},
                status=400,
            )
        body = await request.read()
        properties = {"content_type": "application/json", "delivery_mode": _PERSISTENT}
        await self._publish(key, body, properties)
        return web.json_response({"routing_key": key, "bytes": len(body)}, status=202)


SAMPLES: Final[Mapping[str, Any]] = {
    "order.created": {
        "number": "R12345",
        "locale": "en",
        "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
    },
    "customer.created": {
        "id": "C42",
        "firstname": "Joe",
        "billing_address": {"phone": "+15558675310"},
    },
    "shipment.created": {
        "number": "H9876",
        "order_number": "R12345",
        "shipping_address": {"firstname": "Ann", "phone": "+15558675309"},
    },
    "order.cancelled": {
        "number": "R12346",
        "locale": "es",
        "billing_address": {"firstname": "Eva", "phone": "+34612345678"},
    },
    "sms.requested": {
        "sms": {
            "from": "444-444-4444",
            "phone": "555-555-5555",
            "message": "Order R12345 was shipped!",
        }
    },
}
"""A body for every routing key that the shipped flows subscribe to."""
