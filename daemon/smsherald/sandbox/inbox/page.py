"""The files of the inbox page, and what it looks at every second."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from smsherald.look import HEADERS, SHARED, shared
from smsherald.sandbox.inbox.shown import read_look, shown
from smsherald.sandbox.publishing.numbers import Numbers
from smsherald.sandbox.store import Store

_STATIC: Final = Path(__file__).parent / "static"


class Inbox:
    """The handlers; with `numbers`, which have the samples, the page offers to publish."""

    def __init__(self, store: Store, numbers: Numbers | None, clock: Callable[[], float]) -> None:
        self._store = store
        self._numbers = numbers
        self._clock = clock
        self._page = _template()
        self._files = {
            **{path: (shared(path), kind) for path, kind in SHARED.items()},
            "/inbox.js": (_text("inbox.js"), "text/javascript"),
            "/bubbles.js": (_text("bubbles.js"), "text/javascript"),
        }
        if numbers is not None:
            self._files["/publisher.js"] = (_text("publisher.js"), "text/javascript")

    def routes(self) -> list[web.RouteDef]:
        """Return what the page is made of."""
        return [
            web.get("/", self.page),
            *(web.get(path, self.file) for path in self._files),
            web.get("/inbox.json", self.conversations),
        ]

    async def page(self, _request: web.Request) -> web.Response:
        """Return the page; its samples have numbers that are free at this moment."""
        samples = None if self._numbers is None else self._numbers.samples()
        return _answer(self._page.render(samples=samples), "text/html")

    async def file(self, request: web.Request) -> web.Response:
        """Return its style or a script."""
        return _answer(*self._files[request.path])

    async def conversations(self, request: web.Request) -> web.Response:
        """Return the texts to show: `q` searches, `phones` and `bubbles` ask for more."""
        asked = request.query
        look = read_look(asked.get("q", ""), asked.get("phones", ""), asked.getall("bubbles", []))
        return _answer(json.dumps(shown(self._store, look, self._clock())), "application/json")


@cache
def _template() -> Template:
    """Compile it once a process: tests start many sandboxes."""
    templates = Environment(
        loader=FileSystemLoader(_STATIC), autoescape=True, undefined=StrictUndefined
    )
    # The samples stand in the order in which they were given.
    templates.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return templates.get_template("inbox.html")


def _answer(text: str, content_type: str) -> web.Response:
    return web.Response(text=text, content_type=content_type, charset="utf-8", headers=HEADERS)


def _text(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")
