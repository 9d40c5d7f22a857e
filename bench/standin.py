"""A stand-in for Twilio that costs next to nothing: it accepts every text and counts.

It runs as a process of its own, so that what it costs is not measured with what posts to it.
`POST …/Messages.json` is answered with 201 after `--latency`; `GET /stats` says what came, and
after `GET /away`, until `GET /back`, all of Twilio's is answered with 503.
It understands only what HTTP clients really send it: HTTP/1.1, `Content-Length`, keep-alive.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import time
from collections import deque
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from shop import ACCOUNT_SID, SENDER

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

# What Twilio answers to a new message, less its echo of what was asked: field by field as its
# Messages resource documents it.
MESSAGE = json.dumps(
    {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": "Hi Ann, we have your order R123456789. It will be with you soon.",
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_sent": None,
        "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": SENDER,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": "@SID@",
        "status": "queued",
        "subresource_uris": {
            "media": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/@SID@/Media.json"
        },
        "to": "+15558675309",
        "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/@SID@.json",
    }
)


def response(status: str, body: bytes) -> bytes:
    """Return a whole HTTP response with a JSON body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


# A SID is `SM` and 32 hexadecimal digits: every response has the same length.
CREATED = response("201 Created", MESSAGE.replace("@SID@", "SM" + "0" * 32).encode())
CREATED_PARTS = CREATED.split(b"SM" + b"0" * 32)
NOTHING_LISTED = response("200 OK", b'{"messages": [], "next_page_uri": null}')
NOT_FOUND = response("404 Not Found", b'{"code": 20404, "message": "not here", "status": 404}')
UNAVAILABLE = response(
    "503 Service Unavailable", b'{"code": 20503, "message": "not now", "status": 503}'
)
UNREADABLE = response("411 Length Required", b"{}")


class Counts:
    """What came in so far; forms are kept as bytes and read only when somebody asks."""

    def __init__(self) -> None:
        self.forms: list[bytes] = []
        self.first = 0.0
        self.last = 0.0
        self.away = False
        self._cpu = 0.0
        self._sids = count(1)

    def take(self, form: bytes) -> bytes:
        """Count one text and return the response to it."""
        self.last = time.monotonic()
        if not self.forms:
            self.first = self.last
            self._cpu = time.process_time()
        self.forms.append(form)
        return (b"SM%032x" % next(self._sids)).join(CREATED_PARTS)

    def stats(self) -> dict[str, Any]:
        """Return the counts; times are of the monotonic clock, which processes share."""
        cpu = time.process_time() - self._cpu
        asked = [parse_qs(form.decode()) for form in self.forms]
        texts = {(form["To"][0], form["Body"][0]) for form in asked}
        return {
            "requests": len(self.forms),
            "texts": len(texts),
            "first": self.first,
            "last": self.last,
            "cpu_us_per_request": round(cpu * 1e6 / max(1, len(self.forms)), 1),
        }


class Peer(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, counts: Counts, latency: float, peers: set[Peer]) -> None:
        self._counts = counts
        self._latency = latency
        self._peers = peers
        self._transport: asyncio.Transport
        self._rest = b""
        self._late: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature.)
        """Forget the client, and what it is still owed."""
        self._peers.discard(self)
        self._late.clear()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        data = self._rest + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            is_post = data.startswith(b"POST ")
            if not is_post:
                length = 0
            elif found := LENGTH.search(data, 0, end):
                length = int(found[1])
            else:
                self._transport.write(UNREADABLE)
                self._transport.close()
                return
            stop = end + 4 + length
            if len(data) < stop:
                break
            if is_post:
                self._post(data[: data.index(b"\r\n")], data[end + 4 : stop])
            else:
                self._transport.write(self._get(data[: data.index(b"\r\n")]))
            data = data[stop:]
        self._rest = data

    def _post(self, line: bytes, form: bytes) -> None:
        if b"/Messages.json " not in line:
            self._transport.write(NOT_FOUND)
        elif self._counts.away:
            self._transport.write(UNAVAILABLE)
        elif self._latency:
            self._late.append(self._counts.take(form))
            asyncio.get_running_loop().call_later(self._latency, self._send_late)
        else:
            self._transport.write(self._counts.take(form))

    def _send_late(self) -> None:
        if self._late:
            self._transport.write(self._late.popleft())

    def _get(self, line: bytes) -> bytes:
        if line.startswith(b"GET /stats "):
            return response("200 OK", json.dumps(self._counts.stats()).encode())
        if line.startswith((b"GET /away ", b"GET /back ")):
            self._counts.away = line.startswith(b"GET /away ")
            return response("200 OK", b"{}")
        if b"/Messages.json" not in line:
            return NOT_FOUND
        return UNAVAILABLE if self._counts.away else NOTHING_LISTED

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def serve(port: int, latency: float) -> None:
    """Serve until SIGTERM or SIGINT; print the port once it listens. `latency` is seconds."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    counts = Counts()
    peers: set[Peer] = set()
    server = await loop.create_server(
        lambda: Peer(counts, latency, peers), "127.0.0.1", port, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()
    for peer in list(peers):
        peer.close()


def main() -> None:
    """Run the stand-in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.latency / 1000))


if __name__ == "__main__":
    main()
