"""The inbox page: the texts as the phones that got them would show them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from smsherald.sandbox.messages import Message
from smsherald.sandbox.store import Store

MOST_CONVERSATIONS: Final = 60
MOST_BUBBLES: Final = 40
"""The page shows the newest: it is read by a person, every second."""

_STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Inbox:
    """The handlers; with `samples` (a body by routing key) the page offers to publish."""

    def __init__(self, store: Store, samples: Mapping[str, Any] | None) -> None:
        self._store = store
        templates = Environment(
            loader=FileSystemLoader(_STATIC), autoescape=True, undefined=StrictUndefined
        )
        # The samples stand in the order in which they were given.
        templates.policies["json.dumps_kwargs"] = {"sort_keys": False}
        self._files = {
            "/": (templates.get_template("inbox.html").render(samples=samples), "text/html"),
            "/inbox.css": (_text("inbox.css"), "text/css"),
            "/inbox.js": (_text("inbox.js"), "text/javascript"),
        }
        if samples is not None:
            self._files["/publisher.js"] = (_text("publisher.js"), "text/javascript")

    def routes(self) -> list[web.RouteDef]:
        """Return what the page is made of."""
        return [
            *(web.get(path, self.file) for path in self._files),
            web.get("/inbox.json", self.conversations),
        ]

    async def file(self, request: web.Request) -> web.Response:
        """Return the page, its style or a script."""
        text, content_type = self._files[request.path]
        return web.Response(text=text, content_type=content_type, charset="utf-8", headers=_HEADERS)

    async def conversations(self, _request: web.Request) -> web.Response:
        """Return the newest conversations, who was texted last first, each newest text last."""
        now = time.time()
        shown = [
            {
                "to": to,
                "count": len(messages),
                "messages": [
                    _bubble(message, now)
                    for message in islice(messages, max(len(messages) - MOST_BUBBLES, 0), None)
                ],
            }
            for to, messages in islice(self._store.conversations(), MOST_CONVERSATIONS)
        ]
        body = json.dumps({"total": len(self._store), "conversations": shown})
        return web.Response(text=body, content_type="application/json", headers=_HEADERS)


def _text(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")


def _bubble(message: Message, now: float) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "from": message.sender_at(now) or message.service,
        "text": message.text,
        "media": len(message.media),
        "segments": message.segments,
        "status": message.status(now).value,
        "time": message.created,
    }
