"""What one connection has to say, in one send for each turn of the loop.

py-amqp sends every ack and every publish by itself; under load that is a system call for each,
and a packet that wakes the broker up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amqp.method_framing import frame_writer


class FramesOut:
    """Stands between py-amqp's frames and its transport; `writer` is py-amqp's hook for that."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._transport: Any = None
        self._call_soon: Callable[[Callable[[], None]], None] | None = None

    def writer(self, connection: Any, transport: Any) -> Any:
        """Return the function that py-amqp writes a frame with."""
        self._transport = transport
        return frame_writer(connection, self)

    def write(self, frame: memoryview) -> None:
        """Send now, or at the end of this turn of the loop; py-amqp uses its buffer again."""
        if self._call_soon is None:
            self._transport.write(frame)
            return
        if not self._frames:
            self._call_soon(self.flush)
        self._frames.append(bytes(frame))

    def flush(self) -> None:
        """Send what waits."""
        frames, self._frames = self._frames, []
        if frames:
            self._transport.write(b"".join(frames))

    def gather(self, call_soon: Callable[[Callable[[], None]], None]) -> None:
        """From now on, send once a turn."""
        self._call_soon = call_soon

    def release(self) -> None:
        """From now on, send at once again; what waits goes first."""
        self._call_soon = None
        self.flush()
