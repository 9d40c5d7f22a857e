"""Free TCP ports for what the tests start."""

from __future__ import annotations

import secrets
import socket

LOWEST, HIGHEST = 20_000, 32_000


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on.

    It lies below the range from which the kernel takes the ports of outgoing connections: one
    of those cannot take it before the listener that it is meant for does.
    """
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
