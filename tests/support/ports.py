"""Free TCP ports for what the tests start."""

from __future__ import annotations

import os
import re
import secrets
import socket

LOWEST, HIGHEST = 20_000, 32_000
"""Below the range from which the kernel takes the ports of outgoing connections."""

_given: set[int] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and never the same one twice.

    Some take seconds until they listen on theirs. So each of the workers that run side by side
    gives from a range of its own: nobody else is given that port in the meantime.
    """
    ports = _ports_of_this_worker()
    while True:
        port = ports[secrets.randbelow(len(ports))]
        if port not in _given and _nobody_listens_on(port):
            _given.add(port)
            return port


def _ports_of_this_worker() -> range:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # `gw0`, `gw1`, …; `master` where there is one alone.
    number = re.search(r"\d+", os.environ.get("PYTEST_XDIST_WORKER", "gw0"))
    each = (HIGHEST - LOWEST) // workers
    lowest = LOWEST + each * int(number[0] if number else 0)
    return range(lowest, lowest + each)


def _nobody_listens_on(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
