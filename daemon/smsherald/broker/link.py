"""One of a session's two connections, with the care that py-amqp needs on a loop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from smsherald.broker.address import Address, connect
from smsherald.broker.incoming import Incoming
from smsherald.broker.loop import Guard
from smsherald.broker.outgoing import Outgoing

GOODBYE = 1.0
"""Seconds that a polite end may take; a frozen broker never answers."""


class Link:
    """A kombu connection. `open` and `close` block, on a thread; all else is the loop's."""

    def __init__(
        self,
        address: Address,
        name: str,
        heartbeat: float,
        on_blocked: Callable[[str], None] | None = None,
        on_unblocked: Callable[[], None] | None = None,
    ) -> None:
        self._outgoing = Outgoing()
        self._connection: Any = address.connection(
            name, heartbeat, self._outgoing.writer, on_blocked, on_unblocked
        )

    def open(self) -> Any:
        """Connect, and return a channel that leaves bodies as they came."""
        connect(self._connection)
        # The loop reads `connection.blocked`; with the flag set py-amqp would also drain events
        # inside every publish, and run our callbacks in the middle of it.
        raw = self._connection.connection
        raw.client_properties.get("capabilities", {}).pop("connection.blocked", None)
        channel = self._connection.channel()
        channel.auto_decode = False
        return channel

    def watch(self, guard: Guard) -> None:
        """Let the loop read what comes, and send what goes."""
        raw = self._connection.connection
        self._outgoing.gather(guard.call_soon)
        guard.add_reader(raw.sock.fileno(), Incoming(raw).read)

    def tick(self) -> None:
        """Send a heartbeat if one is due; raises where the peer's are missing.

        kombu's own `heartbeat_check` would reconnect, without consumers.
        """
        self._connection.connection.heartbeat_tick()

    def close(self, *, politely: bool) -> None:
        """Let the socket go. Politely: send what waits and say goodbye, for a bounded time."""
        raw = self._connection._connection  # noqa: SLF001 - its property would connect anew
        if politely and raw is not None and raw.connected:
            with contextlib.suppress(Exception):
                raw.transport.sock.settimeout(GOODBYE)
                self._outgoing.release()
                raw.close()
        self._connection.collect()
