"""What one connection hears: bytes to AMQP frames.

py-amqp reads a frame in pieces, and once it has begun one it spins until the rest is there: a
broker that freezes in the middle of a frame would freeze the loop with it. So frames are cut here,
and py-amqp gets whole ones.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from struct import Struct
from typing import Any

from amqp.exceptions import UnexpectedFrame

from smsherald.broker.rabbitmq.properties import without_bad_dates

AT_ONCE = 65_536
"""Bytes of one read: some eighty deliveries, a few milliseconds of the loop."""

_HEADER = Struct(">BHI")
_END = 0xCE
_METHOD = 1
_DELIVER = b"\0\x3c\0\x3c"
"""How the payload of a delivery's method frame begins: basic, deliver."""
_LONGEST_KEY = 255
_CONTENT_HEADER = 2
_FLAGS_AT = 12
_NO_FLAGS = b"\0\0"
"""Where a content header says which properties follow, and what says that none does."""


class Cutter:
    """Cuts frames: type, channel, size, payload, and the end octet (AMQP 0-9-1, 2.3.5)."""

    def __init__(self, on_frame: Callable[[tuple[int, int, bytes]], object]) -> None:
        self._on_frame = on_frame
        self._buffer = bytearray()
        self.readable = True
        """Whether routing key and properties of the message that comes now could be read."""

    def feed(self, data: bytes) -> None:
        """Hand over every frame that is whole now. Raises UnexpectedFrame, and what it raises."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start > _HEADER.size:
            kind, channel, size = _HEADER.unpack_from(buffer, start)
            payload, end = start + _HEADER.size, start + _HEADER.size + size
            if end >= len(buffer):
                break
            if buffer[end] != _END:
                raise UnexpectedFrame("a frame does not end where it says")
            self._hand_over(kind, channel, bytes(buffer[payload:end]))
            start = end + 1
        del buffer[:start]

    def _hand_over(self, kind: int, channel: int, payload: bytes) -> None:
        if kind == _METHOD:
            self.readable = True
            if payload.startswith(_DELIVER):
                payload = self._with_readable_key(payload)
        if kind != _CONTENT_HEADER:
            self._on_frame((kind, channel, payload))
            return
        # What a publisher wrote must not end the session: the message would come again, and end
        # the next. py-amqp still expects the header, so it gets what can be read of it.
        try:
            self._on_frame((kind, channel, payload))
        except Exception:  # noqa: BLE001 - dates, depth, letters: it raises what Python raises there
            try:
                self._on_frame((kind, channel, without_bad_dates(payload)))
            except Exception:  # noqa: BLE001 - the same
                self.readable = False
                self._on_frame((kind, channel, payload[:_FLAGS_AT] + _NO_FLAGS))

    def _with_readable_key(self, deliver: bytes) -> bytes:
        """Return a delivery's frame with a routing key that py-amqp can read: anyone writes one."""
        exchange_at = 4 + 1 + deliver[4] + 8 + 1  # Behind consumer tag, delivery tag, redelivered.
        key_at = exchange_at + 1 + deliver[exchange_at]
        key = deliver[key_at + 1 :]
        try:
            key.decode()
        except UnicodeDecodeError:
            self.readable = False
            shown = key.decode(errors="backslashreplace").encode()[:_LONGEST_KEY]
            shown = shown.decode(errors="ignore").encode()
            return deliver[:key_at] + bytes([len(shown)]) + shown
        return deliver


class FramesIn:
    """Reads a connected py-amqp connection; `read` is called whenever its socket has something."""

    def __init__(self, connection: Any) -> None:
        self._socket = connection.transport.sock
        self._cutter = Cutter(connection.on_inbound_frame)

    @property
    def readable(self) -> bool:
        """Whether routing key and properties of the message handed over now could be read."""
        return self._cutter.readable

    def read(self) -> bool:
        """Take what there is, without waiting; return whether there may be more at once.

        Under TLS, OpenSSL may hold more than one read takes, and epoll would never report it.
        Raises OSError where the peer has gone, and whatever a frame makes py-amqp raise.
        """
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(AT_ONCE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._socket.settimeout(None)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        self._cutter.feed(data)
        return isinstance(self._socket, ssl.SSLSocket)
