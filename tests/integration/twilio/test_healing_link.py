"""A request that was cut off by the network and given up is not delivered when the link heals.

The link is cut, without a word to either end, when the client has its connection and before it
posts. So the whole request stands in the client's kernel, which means to send it until it arrives.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.freezing import freeze
from support.link import SERVER, Link
from support.waiting import eventually

TIMEOUT = 2.0
OUTAGE = 25.0
"""Seconds."""
PORT = 8000
RETRANSMITTED_WITHIN = 60.0
"""Seconds: each wait of TCP's is twice the last."""

ENDS = ("gives-up", "killed", "stopped")
"""What becomes of the client's process after it has posted."""

SAYS = """
import os

def say(line):
    # In one piece: side by side, what `print` writes bit by bit gets mixed up.
    os.write(1, line.encode() + b"\\n")
"""

SERVES = (
    SAYS
    + """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        if self.rfile.read(int(self.headers["Content-Length"])).endswith(b"END"):
            say("posted " + self.path[1:])
        self.do_GET()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("", %d), Handler)
say("listening")
server.serve_forever()
"""
)

POSTS = (
    SAYS
    + """
import asyncio, sys
from aiohttp import TCPConnector
from smsherald.twilio import connector, http

class Plain(connector.Connector):
    '''As aiohttp makes it: no timeout and no reset of ours.'''

    def __init__(self, *, limit, timeout):
        TCPConnector.__init__(self, limit=limit)

async def post(name, url, timeout):
    async with http.HttpClient(timeout=timeout, connections=1) as client:
        await client.request("GET", url)
        say(f"connected {name} {os.getpid()}")
        await asyncio.to_thread(sys.stdin.read)
        try:
            await client.request("POST", url + name, data={"Body": "Hi Ann. " * 9 + "END"})
        except http.UnansweredError:
            say("gave up " + name)
        await asyncio.sleep(1000)

url, timeout, *names = sys.argv[1:]
for name in names:
    if os.fork() == 0:
        if name.startswith("plain"):
            http.Connector = Plain
            connector.Exchange.abort = lambda self: None
        asyncio.run(post(name, url, float(timeout)))
os.wait()
"""
)


class Script:
    """A Python program in one of the networks; `said` is what it has printed, line by line."""

    def __init__(self, command: list[str], output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=file, start_new_session=True
            )

    def said(self, word: str) -> list[str]:
        """Return the rest of each line that begins so."""
        lines = self._output.read_text().splitlines()
        return [line.removeprefix(word).strip() for line in lines if line.startswith(word)]

    def end_input(self) -> None:
        """Let its standard input end."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def kill(self) -> None:
        """End it, with all that it forked."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@contextmanager
def running(command: list[str], output: Path) -> Iterator[Script]:
    """Run it while inside."""
    script = Script(command, output)
    try:
        yield script
    finally:
        script.kill()


@pytest.mark.long
@pytest.mark.takes(30)
def test_what_we_gave_up_is_never_delivered_and_what_others_gave_up_is(tmp_path: Path) -> None:
    """Side by side, so that all wait for one outage: our client, and it without its two means."""
    plain = {f"plain-{end}" for end in ENDS}
    names = {f"ours-{end}" for end in ENDS} | plain
    url = f"http://{SERVER}:{PORT}/"
    with Link() as link:
        serves = link.server.within(sys.executable, "-c", SERVES % PORT)
        posts = link.client.within(sys.executable, "-c", POSTS, url, str(TIMEOUT), *names)
        with running(serves, tmp_path / "server") as server:
            eventually(lambda: server.said("listening"), what="the server listens")
            with running(posts, tmp_path / "clients") as clients:
                eventually(
                    lambda: len(clients.said("connected")) == len(names),
                    what="all are connected",
                )
                processes = dict(line.split() for line in clients.said("connected"))
                link.cut()
                healed_at = time.monotonic() + OUTAGE
                clients.end_input()
                eventually(
                    lambda: link.client.unsent() == len(names),
                    within=TIMEOUT,
                    what="all have posted",
                    every=0.01,
                )
                for whose in ("ours", "plain"):
                    os.kill(int(processes[f"{whose}-killed"]), signal.SIGKILL)
                    freeze(int(processes[f"{whose}-stopped"]))
                time.sleep(healed_at - time.monotonic())
                given_up = set(clients.said("gave up"))
                left_behind = link.client.unsent()
                link.heal()
                eventually(
                    lambda: len(server.said("posted")) >= len(plain),
                    within=RETRANSMITTED_WITHIN,
                    what="what was left behind arrives",
                )
                eventually(lambda: link.client.unsent() == 0, what="nothing is left")

                assert given_up == {"ours-gives-up", "plain-gives-up"}
                assert left_behind == len(plain)
                assert set(server.said("posted")) == plain
