"""The image's recipe: what it copies is there, and what it asks the daemon works."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from support.ports import free_port

REPOSITORY = Path(__file__).parents[3]


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, lines joined."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def last(instruction: str) -> str:
    """Return what the image itself has, not the stage that builds it."""
    return [rest for word, rest in instructions() if word == instruction][-1]


def copied() -> list[str]:
    """Return what is copied from the repository."""
    return [
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]


class TestContext:
    """What the build is given: enough, and nothing that is none of its business."""

    @pytest.mark.parametrize("source", copied())
    def test_what_is_copied_is_in_the_repository_and_in_the_context(self, source: str) -> None:
        ignore = (REPOSITORY / ".dockerignore").read_text().splitlines()

        assert (REPOSITORY / source).exists()
        assert f"!{source}" in ignore

    def test_nothing_else_is_in_the_context(self) -> None:
        ignore = (REPOSITORY / ".dockerignore").read_text().splitlines()
        rules = [line for line in ignore if line and not line.startswith("#")]

        assert rules[0] == "*"
        assert {rule[1:] for rule in rules if rule.startswith("!")} == set(copied())


class TestImage:
    """What runs, and as whom."""

    def test_it_is_not_root_and_says_so_by_a_number(self) -> None:
        user, group = last("USER").split(":")

        assert int(user) > 0
        assert int(group) > 0

    def test_every_package_from_elsewhere_is_bound_by_its_hash(self) -> None:
        runs = " ".join(rest for word, rest in instructions() if word == "RUN")
        installs = re.findall(r"pip(?: --python \S+)?\s+install ([^&]*)", runs)

        assert len(installs) == 3
        assert all("--require-hashes" in i or "--no-deps --no-index" in i for i in installs)

    def test_the_base_can_be_another(self) -> None:
        bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]

        assert bases == ["${BASE}", "${BASE}"]

    def test_the_daemon_is_what_it_runs(self) -> None:
        assert json.loads(last("ENTRYPOINT")) == ["smsherald"]
        assert json.loads(last("CMD")) == ["run"]
        assert last("STOPSIGNAL") == "SIGTERM"

    @pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
    def test_the_health_check_tells_alive_from_dead(self, status: int, code: int) -> None:
        command = last("HEALTHCHECK").partition("CMD ")[2]
        with answering("/livez", status) as port:
            done = ask(json.loads(command), "127.0.0.1:8790", port)

        assert done == code

    def test_the_health_check_knows_that_nobody_listens(self) -> None:
        command = last("HEALTHCHECK").partition("CMD ")[2]

        assert ask(json.loads(command), "127.0.0.1:8790", free_port()) == 1

    def test_it_listens_where_the_health_check_asks(self) -> None:
        variables = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))

        assert variables["SMSHERALD__HTTP__LISTEN"] == "0.0.0.0:8790"
        assert last("EXPOSE") == "8790"


def ask(command: list[str], where: str, port: int) -> int:
    """Run a health check's command, at another port and with this Python; return its exit code."""
    assert command[0] == "python3"
    assert where in command[-1]
    words = [sys.executable, *command[1:-1], command[-1].replace(where, f"127.0.0.1:{port}")]
    return subprocess.run(words, capture_output=True, check=False, timeout=30).returncode


@contextmanager
def answering(path: str, status: int) -> Iterator[int]:
    """Answer one path with this status, any other with 404, while inside; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == path else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
