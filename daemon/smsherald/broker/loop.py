"""kombu's event loop hook on asyncio.

kombu registers a connection with any object that has `add_reader` and `call_soon`; `Guard` is
that object, one for each session. The loop itself is never handed over: py-amqp closes its
socket inside `drain_events` and nobody unregisters it, so the next session would get the same
descriptor number, which asyncio still believes registered, and receive nothing at all.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any


class Guard:
    """Runs every call into kombu for one session, and ends the session at the first error.

    `fail` is called with that error, after the readers are gone and before anything else runs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, fail: Callable[[Exception], None]) -> None:
        self._loop = loop
        self._fail = fail
        self._descriptors: list[int] = []
        self.stopped = False

    def run(self, function: Callable[..., Any], *args: Any) -> None:
        """Call into kombu or py-amqp; whatever it raises ends the session."""
        if self.stopped:
            return
        try:
            function(*args)
        except Exception as error:  # noqa: BLE001 - py-amqp raises AttributeError and KeyError too
            self.stop()
            self._fail(error)

    def call_soon(self, function: Callable[..., Any], *args: Any) -> None:
        """Keep kombu's side of the hook: it reads one frame a turn of the loop."""
        self._loop.call_soon(self.run, function, *args)

    def add_reader(self, sock: socket.socket, function: Callable[..., Any], *args: Any) -> None:
        """Keep kombu's side of the hook, and read once at once.

        Under TLS, deliveries may already lie in OpenSSL's buffer, which epoll never reports.
        """
        descriptor = sock.fileno()
        self._descriptors.append(descriptor)
        self._loop.add_reader(descriptor, self.run, function, *args)
        self.call_soon(function, *args)

    def stop(self) -> None:
        """Forget the sockets while their descriptor numbers are still ours."""
        self.stopped = True
        for descriptor in self._descriptors:
            self._loop.remove_reader(descriptor)
        self._descriptors.clear()
