"""The image's recipe: what it copies is there, and what it asks the daemon works."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from smsherald import __version__
from support.ports import free_port

REPOSITORY = Path(__file__).parents[3]
OF_THE_PROJECT = ("title", "description", "licenses")


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

        assert len(installs) == 4
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
        with answering("/livez", status) as port:
            assert checked(port) == code

    def test_the_health_check_knows_that_nobody_listens(self) -> None:
        assert checked(free_port()) == 1

    def test_the_variable_that_says_where_it_listens_says_what_is_exposed(self) -> None:
        variables = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))

        assert variables["SMSHERALD__HTTP__LISTEN"] == "0.0.0.0:8790"
        assert last("EXPOSE") == "8790"

    def test_its_labels_say_what_it_is(self) -> None:
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
        labels = dict(pair.split("=", 1) for pair in shlex.split(last("LABEL")))
        arguments = dict(rest.split("=", 1) for word, rest in instructions() if word == "ARG")

        said = {name: labels[f"org.opencontainers.image.{name}"] for name in OF_THE_PROJECT}
        assert said == {
            "title": project["name"],
            "description": project["description"],
            "licenses": project["license"],
        }
        assert arguments["VERSION"] == __version__, "the Dockerfile's VERSION is the package's"
        for name in ("VERSION", "REVISION", "CREATED"):
            assert labels[f"org.opencontainers.image.{name.lower()}"] == f"${{{name}}}"

    def test_it_has_the_list_of_its_parts_where_a_label_says(self) -> None:
        labels = dict(pair.split("=", 1) for pair in shlex.split(last("LABEL")))
        copies = [rest.split() for word, rest in instructions() if word == "COPY"]

        assert [words[-1] for words in copies if words[-2].endswith("/sbom.json")] == [
            labels["smsherald.sbom"]
        ]


def checked(port: int) -> int:
    """Run the image's health check where the daemon listens on this port; return its exit code."""
    program, *arguments = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert program == "python3"
    environment = os.environ | {"SMSHERALD__HTTP__LISTEN": f"0.0.0.0:{port}"}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, check=False, timeout=30
    )
    return done.returncode


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
