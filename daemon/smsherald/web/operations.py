"""The operator's pages: `/metrics`, `/livez`, `/readyz`, `/status.json`, and the status page."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from socket import gaierror
from typing import cast

from aiohttp import web

from smsherald.look import HEADERS
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.doorkeeper import MOST, Doorkeeper
from smsherald.web.gate import Gate
from smsherald.web.malformed import server_log
from smsherald.web.page import StatusPage
from smsherald.web.said import Status, essence, said
from smsherald.web.streams import Streams


@asynccontextmanager
async def serve(
    http: HttpSettings,
    health: Health,
    metrics: Metrics,
    status: Status,
    more: Iterable[web.RouteDef] = (),
) -> AsyncIterator[str]:
    """Answer on `http`'s host and port while inside; gives the address (`http://host:port`).

    `status` returns what a person asks beside that, as JSON has it; `web.said.NOTHING` names what
    the page shows of it. `more` is served too. Raises OSError, with the setting's name in its
    text, where that port cannot be listened on.
    """
    pages, gate = _Pages(health, metrics, status), Gate(http.token)

    @web.middleware
    async def attend(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        doorkeeper.asked(request.transport)
        return await handler(request) if gate.lets_in(request) else gate.refusal()

    def told(transport: asyncio.BaseTransport) -> None:
        """Let a stream stay: it has nothing to ask for."""
        doorkeeper.asked(transport)

    streams = Streams(pages.said, essence, told)
    app = web.Application(middlewares=[attend])
    app.router.add_get("/", pages.index)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/livez", pages.livez)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_get("/status.json", pages.status_json)
    app.router.add_get("/events", streams.answer, allow_head=False)
    app.router.add_routes([*pages.page.routes(), *more])
    app.on_response_prepare.append(_add_headers)
    # A scraper keeps its connection open: it must not hold up the end of the daemon.
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=1, logger=server_log()
    )
    await runner.setup()
    doorkeeper = Doorkeeper(cast("web.Server", runner.server))
    try:
        listening = await _listening(http, doorkeeper)
        try:
            yield _address(http.host, listening.sockets[0].getsockname()[1])
        finally:
            listening.close()
            # They hold up no end either.
            streams.close()
    finally:
        await runner.cleanup()


async def _listening(http: HttpSettings, doorkeeper: Doorkeeper) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(
            doorkeeper, http.host, http.port, backlog=MOST
        )
    except OSError as error:
        where = _address(http.host, http.port)
        # asyncio says in its own words, once more, where it was.
        said = error.strerror
        if error.errno is not None and not isinstance(error, gaierror):
            said = os.strerror(error.errno)
        raise OSError(error.errno, f"http.listen: {where}: {said}") from error


class _Pages:
    def __init__(self, health: Health, metrics: Metrics, status: Status) -> None:
        self._health = health
        self._metrics = metrics
        self._status = status
        self.page = StatusPage()

    def said(self) -> dict[str, object]:
        """Return what a program reads, and the page shows."""
        return said(self._health, self._status)

    async def index(self, request: web.Request) -> web.Response:
        page = self.page.render(self.said(), request.query.get("q", ""))
        return web.Response(text=page, content_type="text/html")

    async def status_json(self, _: web.Request) -> web.Response:
        return web.json_response(self.said())

    async def metrics(self, request: web.Request) -> web.Response:
        body, content_type = self._metrics.render(", ".join(request.headers.getall("Accept", [])))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def livez(self, _: web.Request) -> web.Response:
        return _verdict(
            "alive",
            [f"{name}: no progress for {s:.0f} s" for name, s in self._health.stalled.items()],
        )

    async def readyz(self, _: web.Request) -> web.Response:
        return _verdict("ready", self._health.problems, self._health.notes)


def _verdict(good: str, problems: Sequence[str], notes: Sequence[str] = ()) -> web.Response:
    """Answer 200, or 503 with a line for every problem; then what is worth knowing."""
    lines = [*(problems or [good]), *notes]
    return web.Response(status=503 if problems else 200, text="\n".join(lines) + "\n")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "smsherald"


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
