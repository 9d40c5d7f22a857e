"""The sandbox as a process of its own: what Twilio is to the daemon under test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support.http import Answer, request
from support.ports import free_port
from support.process import Process
from support.waiting import eventually


class SandboxProcess(Process):
    """`smsherald sandbox`; every account may sign in, or only those of `accounts` (SID:TOKEN)."""

    def __init__(
        self, directory: Path, *, delivery_delay: float = 0.05, accounts: Sequence[str] = ()
    ) -> None:
        port = free_port()
        super().__init__(
            directory,
            "sandbox",
            *("--port", str(port), "--delivery-delay", str(delivery_delay)),
            *(f"--account={account}" for account in accounts),
        )
        self.url = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Start it and return once it answers."""
        super().start()

        def up() -> bool:
            self.require_alive()
            return self._get("/sandbox/stats").status == 200

        eventually(up, what="the sandbox answers")

    def count(self, **filters: str) -> int:
        """Count the texts that it took; the filters are those of `GET /sandbox/messages`."""
        return int(self._messages(limit="0", **filters)["count"])

    def texts(self, **filters: str) -> list[dict[str, Any]]:
        """Return all texts as Twilio's Message resources, in the order in which it took them."""
        texts: list[dict[str, Any]] = self._messages(limit="100000", **filters)["messages"]
        return texts

    def fault(self, kind: str, **fields: Any) -> None:
        """Order a fault; the fields are those of `POST /sandbox/faults`."""
        answer = request(self.url + "/sandbox/faults", "POST", {"kind": kind, **fields})
        assert answer.status == 201, answer

    def faults(self) -> int:
        """Count the faults that still wait for a request."""
        return len(json.loads(self._get("/sandbox/faults").text)["faults"])

    def heal(self) -> None:
        """Order no more faults."""
        assert request(self.url + "/sandbox/faults", "DELETE").status == 204

    def _messages(self, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._get(f"/sandbox/messages?{urlencode(query)}").text)
        return answer

    def _get(self, path: str) -> Answer:
        return request(self.url + path)
