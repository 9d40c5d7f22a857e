"""Publishing from the sandbox: what its inbox page and curl send becomes an event."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from smsherald.errors import UnreachableError
from smsherald.sandbox.origin import require_own_origin
from smsherald.sandbox.publishing.numbers import Numbers
from smsherald.sandbox.publishing.progress import Progress

Publish = Callable[[str, bytes, Mapping[str, Any]], Awaitable[Progress | None]]
"""Takes a routing key, a body and AMQP's basic properties by name; returns once published.

What it returns says from then on what becomes of the event; None says that nobody here will know.
"""

MOST_FOLLOWED: Final = 200
"""Of so many events, the newest, it can be asked what became of them."""

_ROUTING_KEY = re.compile(r"\A[A-Za-z0-9_/:\\-]+(\.[A-Za-z0-9_/:\\-]+)*\Z")
_LONGEST_KEY: Final = 255
_NO_KEY: Final = "a routing key is words of letters, digits, -, _, / or :, with dots between"
_PERSISTENT: Final = 2
_FRESH: Final = {"Cache-Control": "no-store"}


class Events:
    """The handlers of `/events/`, and of the samples.

    The body goes on as it came, unread: that an event is invalid is for the daemon to say.
    """

    def __init__(self, publish: Publish, numbers: Numbers) -> None:
        self._publish = publish
        self._numbers = numbers
        self._followed: dict[str, Progress] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return what answers under `/events/`, and the samples."""
        return [
            web.post("/events/{key:.+}", self.post),
            web.get("/events/{id}", self.progress),
            web.get("/samples.json", self.samples),
        ]

    async def post(self, request: web.Request) -> web.Response:
        """Publish a body; 202 says that the broker has it, not what became of it.

        Where that will be known, `id` is what to ask for it.
        """
        require_own_origin(request)
        key = request.match_info["key"]
        if len(key) > _LONGEST_KEY or not _ROUTING_KEY.match(key):
            return web.json_response({"error": _NO_KEY}, status=400)
        body = await request.read()
        self._numbers.take(body)
        properties = {"content_type": "application/json", "delivery_mode": _PERSISTENT}
        try:
            progress = await self._publish(key, body, properties)
        except UnreachableError as error:
            return web.json_response({"error": str(error)}, status=503)
        answer: dict[str, Any] = {"routing_key": key, "bytes": len(body)}
        if progress is not None:
            answer["id"] = self._follow(progress)
        return web.json_response(answer, status=202)

    def _follow(self, progress: Progress) -> str:
        if len(self._followed) >= MOST_FOLLOWED:
            del self._followed[next(iter(self._followed))]
        # Not a count: a page may be left open over the next start of a sandbox on this port.
        identifier = secrets.token_hex(8)
        self._followed[identifier] = progress
        return identifier

    async def progress(self, request: web.Request) -> web.Response:
        """Return what became of an event: its fates by now, and whether that is all."""
        progress = self._followed.get(request.match_info["id"])
        if progress is None:
            raise web.HTTPNotFound
        fates = [asdict(fate) for fate in progress.fates.values()]
        return web.json_response({"fates": fates, "over": progress.over}, headers=_FRESH)

    async def samples(self, _request: web.Request) -> web.Response:
        """Return the samples by routing key, with numbers that are free."""
        return web.json_response(self._numbers.samples(), headers=_FRESH)
