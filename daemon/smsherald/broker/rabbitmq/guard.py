"""kombu's connections on the asyncio loop.

kombu has a hook for a loop of one's own, but what it registers goes wrong in silence: py-amqp
closes its socket inside a read and nobody unregisters it, so the next session gets the same
descriptor number, which asyncio believes registered, and receives nothing at all. `Guard` is the
one place where sockets of a session are registered, and every call into kombu is made.
"""

from __future__ import annotations

import asyncio
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
        self._stopped = False

    def run(self, function: Callable[..., Any], *args: Any) -> None:
        """Call into kombu or py-amqp; whatever it raises ends the session."""
        if self._stopped:
            return
        try:
            function(*args)
        except Exception as error:  # noqa: BLE001 - py-amqp raises AttributeError and KeyError too
            self.stop()
            self._fail(error)

    def call_soon(self, function: Callable[..., Any], *args: Any) -> None:
        """Do the same on the next turn of the loop."""
        self._loop.call_soon(self.run, function, *args)

    def add_reader(self, descriptor: int, read: Callable[[], bool]) -> None:
        """Call `read` whenever there is something, and now; again at once if it returns True."""

        def read_on() -> None:
            if read():
                self.call_soon(read_on)

        self._descriptors.append(descriptor)
        self._loop.add_reader(descriptor, self.run, read_on)
        # Under TLS, what came before lies in OpenSSL's buffer, which epoll never reports.
        self.call_soon(read_on)

    def stop(self) -> None:
        """Forget the sockets while their descriptor numbers are still ours."""
        self._stopped = True
        for descriptor in self._descriptors:
            self._loop.remove_reader(descriptor)
        self._descriptors.clear()
