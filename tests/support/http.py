"""One HTTP request with no connection kept."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from support.secrets import require_none


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    text: str


def request(url: str, method: str = "GET", body: Any = None, *, timeout: float = 30) -> Answer:
    """Send `body` as JSON if there is one; `timeout` in seconds. No page may show a secret."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)
    with closing(connection):
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, None if body is None else json.dumps(body))
        response = connection.getresponse()
        answer = Answer(response.status, response.read().decode())
    require_none(answer.text, url)
    return answer
