"""The sandbox as one object: listens, answers, and hands out what it took."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from smsherald.sandbox.admin import Admin
from smsherald.sandbox.api import MessagesApi
from smsherald.sandbox.faults import Faults
from smsherald.sandbox.inbox.page import Inbox
from smsherald.sandbox.messages import Message
from smsherald.sandbox.owned import Owned, OwnedApi
from smsherald.sandbox.publishing.events import Events, Publish
from smsherald.sandbox.publishing.numbers import Numbers
from smsherald.sandbox.publishing.samples import SAMPLES
from smsherald.sandbox.store import Store

LARGEST_BODY: Final = 2 * 1024 * 1024
"""No request body is larger, in bytes: 413."""

_BACKLOG: Final = 1024
_PORTS_TRIED: Final = 100


class Sandbox:
    """A Twilio look-alike, up between `async with` and its end.

    host, port: where it listens; port 0 takes a free one. Only loopback unless asked: nothing
        but the Messages API asks for a password.
    next_port: takes the next free port above where `port` is in use.
    accounts: passwords by user, that is auth tokens by account SID and secrets by API key;
        None takes any user that begins with AC or SK.
    publish: how the inbox page and `POST /events/…` publish; None offers neither.
    samples: bodies by routing key that the page suggests, with the next free numbers.
    published: bodies of events that were published elsewhere: their numbers are not free.
    delay: seconds from queued to sent, and again to delivered.
    limit: how many texts are kept; older ones are forgotten.
    clock: seconds since the epoch, by which texts are created, sent and delivered.

    Entering raises OSError where the port cannot be had.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        next_port: bool = False,
        accounts: Mapping[str, str] | None = None,
        publish: Publish | None = None,
        samples: Mapping[str, Any] = SAMPLES,
        published: Iterable[bytes] = (),
        delay: float = 0.5,
        limit: int = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._host = host
        self._port = port
        self._next_port = next_port
        self._closing = asyncio.Event()
        self._store = Store(limit, delay)
        self.faults = Faults()
        self._owned = OwnedApi(accounts)
        self._api = MessagesApi(
            self._store, self.faults, accounts, self._closing, clock, owned=lambda: self.owned
        )
        self._admin = Admin(self._store, self.faults, self._api, self._owned, clock)
        self._app = web.Application(client_max_size=LARGEST_BODY)
        # What the Messages API does not know it answers with 404.
        self._app.add_routes(self._owned.routes())
        self._app.add_routes(self._api.routes())
        self._app.add_routes(self._admin.routes())
        numbers = None
        if publish is not None:
            numbers = Numbers(samples, published)
            self._app.add_routes(Events(publish, numbers).routes())
        self._app.add_routes(Inbox(self._store, numbers, clock).routes())
        self._teardown = AsyncExitStack()

    async def __aenter__(self) -> Self:
        sock = _listen(self._host, self._port, _PORTS_TRIED if self._next_port else 1)
        self._port = sock.getsockname()[1]
        # Requests that hang end with the sandbox, so there is little to wait for.
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1)
        async with self._teardown as teardown:
            teardown.callback(sock.close)
            await runner.setup()
            teardown.push_async_callback(runner.cleanup)
            teardown.callback(self._api.close)
            teardown.callback(self._closing.set)
            await web.SockSite(runner, sock, backlog=_BACKLOG).start()
            self._teardown = teardown.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._teardown.__aexit__(kind, error, traceback)

    @property
    def url(self) -> str:
        """Where it is: what Twilio's clients take for `https://api.twilio.com`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def owned(self) -> Owned:
        """What its accounts are and have; another value is another account."""
        return self._owned.owned

    @owned.setter
    def owned(self, owned: Owned) -> None:
        self._owned.owned = owned

    @property
    def messages(self) -> list[Message]:
        """All texts that were taken, in that order."""
        return list(self._store)

    @property
    def stats(self) -> dict[str, Any]:
        """The figures that `GET /sandbox/stats` answers with."""
        return self._admin.figures()


def _listen(host: str, port: int, tries: int) -> socket.socket:
    """Return a listening socket on the port, or on the first free one of so many from it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = min(port + tries, 65536) - 1 if port else 0
    for candidate in range(port, last + 1):
        try:
            return socket.create_server((host, candidate), family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == last:
                raise
    raise OSError(errno.EADDRINUSE, "every port is in use")
