"""One of a session's two connections, with the care that py-amqp needs on a loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any

from smsherald.broker.rabbitmq.address import Address, connect
from smsherald.broker.rabbitmq.frames_in import FramesIn
from smsherald.broker.rabbitmq.frames_out import FramesOut
from smsherald.broker.rabbitmq.guard import Guard

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
        self._frames_out = FramesOut()
        self._connection: Any = address.connection(
            name, heartbeat, self._frames_out.writer, on_blocked, on_unblocked
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
        # A channel that the broker closes would be opened anew, and the answer waited for: on the
        # loop nothing may wait, and the session ends anyway.
        channel._do_revive = lambda: None  # noqa: SLF001 - py-amqp has no switch for it
        return channel

    def another_channel(self) -> Any:
        """Return a channel beside the one that `open` returned."""
        channel = self._connection.channel()
        channel.auto_decode = False
        return channel

    def abort(self) -> None:
        """Free a thread that waits in `open` for a broker that says nothing; for the loop."""
        raw = self._connection._connection  # noqa: SLF001 - its property would connect anew
        with contextlib.suppress(OSError, AttributeError):
            raw.transport.sock.shutdown(socket.SHUT_RDWR)

    def watch(self, guard: Guard) -> None:
        """Let the loop read what comes, and send what goes."""
        raw = self._connection.connection
        self._frames_out.gather(guard.call_soon)
        self._frames_in = FramesIn(raw)
        guard.add_reader(raw.sock.fileno(), self._frames_in.read)

    @property
    def frame_max(self) -> int:
        """The largest frame that the broker takes, in bytes."""
        return int(self._connection.connection.frame_max)

    @property
    def readable(self) -> bool:
        """Whether the properties of the message that is handed over now could be read."""
        return self._frames_in.readable

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
                self._frames_out.release()
                raw.close()
        with contextlib.suppress(Exception):
            self._connection.collect()
