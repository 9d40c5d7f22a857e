"""The operator's pages: `/metrics`, `/livez`, `/readyz`, `/status.json`, and a status page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.doorkeeper import MOST, Doorkeeper
from smsherald.web.malformed import server_log

Status = Callable[[], Mapping[str, object]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Server": "smsherald",
}


@asynccontextmanager
async def serve(
    http: HttpSettings,
    health: Health,
    metrics: Metrics,
    status: Status,
    more: Iterable[web.RouteDef] = (),
) -> AsyncIterator[str]:
    """Answer on `http`'s host and port while inside; gives the address (`http://host:port`).

    `status` returns what a person asks beside that, as JSON has it; `more` is served too. Raises
    OSError, with the setting's name in its text, where that port cannot be listened on.
    """
    pages = _Pages(health, metrics, status)

    @web.middleware
    async def attend(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        doorkeeper.asked(request.transport)
        return await handler(request)

    app = web.Application(middlewares=[attend])
    app.router.add_get("/", pages.index)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/livez", pages.livez)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_get("/status.json", pages.status_json)
    app.router.add_routes(more)
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
    finally:
        await runner.cleanup()


async def _listening(http: HttpSettings, doorkeeper: Doorkeeper) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(
            doorkeeper, http.host, http.port, backlog=MOST
        )
    except OSError as error:
        where = _address(http.host, http.port)
        raise OSError(error.errno, f"http.listen: {where}: {error.strerror}") from error


class _Pages:
    def __init__(self, health: Health, metrics: Metrics, status: Status) -> None:
        self._health = health
        self._metrics = metrics
        self._status = status
        pages = Environment(
            loader=PackageLoader("smsherald.web", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._page = pages.get_template("status.html")

    async def index(self, _: web.Request) -> web.Response:
        page = self._page.render(
            ready=self._health.ready and self._health.alive,
            components=self._health.components,
            stalled=self._health.stalled,
            notes=self._health.notes,
            status={
                name.replace("_", " "): _in_words(value)
                for name, value in self._status().items()
                # The notes say it in sentences.
                if name != "pauses"
            },
        )
        return web.Response(text=page, content_type="text/html")

    async def status_json(self, _: web.Request) -> web.Response:
        health = self._health
        return web.json_response(
            {
                "ready": health.ready,
                "alive": health.alive,
                "components": {
                    name: {"problem": problem, "seconds": health.lasted(name)}
                    for name, problem in health.components.items()
                },
                "stalled": dict(health.stalled),
                "notes": list(health.notes),
                **self._status(),
            }
        )

    async def metrics(self, request: web.Request) -> web.Response:
        body, content_type = self._metrics.render(", ".join(request.headers.getall("Accept", [])))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def livez(self, _: web.Request) -> web.Response:
        return _verdict(
            "alive",
            [f"{name}: no progress for {s:.0f} s" for name, s in self._health.stalled.items()],
        )

    async def readyz(self, _: web.Request) -> web.Response:
        problems = self._health.components.items()
        return _verdict(
            "ready", [f"{name}: {what}" for name, what in problems if what], self._health.notes
        )


def _in_words(value: object) -> object:
    match value:
        case None:
            return "not known"
        case list():
            return ", ".join(map(str, value))
        case _:
            return value


def _verdict(good: str, problems: list[str], notes: Sequence[str] = ()) -> web.Response:
    """Answer 200, or 503 with a line for every problem; then what is worth knowing."""
    lines = [*(problems or [good]), *notes]
    return web.Response(status=503 if problems else 200, text="\n".join(lines) + "\n")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
