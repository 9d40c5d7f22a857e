"""Whom Alertmanager tells: a server of the tests' own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Webhook:
    """Keeps what it is told while inside; `url` is where."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        told = self._told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.extend(json.loads(body)["alerts"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def told(self, alert: str) -> list[dict[str, Any]]:
        """Return what it was told of an alert so far, the oldest first."""
        return [each for each in self._told if each["labels"]["alertname"] == alert]

    def states(self, alert: str) -> list[str]:
        """Return in which states it was told of an alert: each change once."""
        states = [each["status"] for each in self.told(alert)]
        return [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]
