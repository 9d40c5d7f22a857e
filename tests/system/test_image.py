"""The image: built of its recipe, and run as the documentation says, with as few rights."""

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smsherald import __version__
from support.daemon import REPOSITORY
from support.http import request
from support.image import CREATED, IMAGE, build, make_base
from support.podman import Podman
from support.ports import free_port
from support.publishing import order, publish
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.waiting import eventually

BUDGET = 190
"""Megabytes over its base."""
FEW_RIGHTS = (
    *("--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL"),
    "--security-opt=no-new-privileges",
)
PACKAGES = "/opt/smsherald/lib/python3.13/site-packages"
AT_ONCE = 4
MANY = 40

INSTALLED = """
import json, importlib.metadata as metadata
print(json.dumps([(each.name, each.version) for each in metadata.distributions()]))
"""
# What sends a text, and what of it is compiled anew by each process.
NOT_COMPILED = """
import os, sys, smsherald.app.root, smsherald.twilio.inspection
from twilio.rest import Client
Client("AC", "token").api.v2010
specs = [spec for each in list(sys.modules.values()) if (spec := getattr(each, "__spec__", None))]
ours = [spec for spec in specs if spec.cached and spec.cached.startswith("/opt/smsherald/")]
print(len(ours), *[spec.name for spec in ours if not os.path.exists(spec.cached)])
"""


@dataclass
class Contained:
    """The daemon in a container, the broker whose events it texts, the Twilio that takes them."""

    podman: Podman
    broker: str
    sandbox: SandboxProcess
    port: int
    starts: int = 0

    @property
    def name(self) -> str:
        """The container's; each start has its own, and all have one volume."""
        return f"daemon-{self.starts}"

    def start(self) -> None:
        """Run it, and return once it is ready."""
        self.starts += 1
        environment = {
            "BROKER_URL": self.broker,
            "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": "+15005550006",
            "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL": self.sandbox.url,
            "SMSHERALD__HTTP__LISTEN": f"127.0.0.1:{self.port}",
            "SMSHERALD__BROKER__CONCURRENCY": str(AT_ONCE),
        }
        self.podman.podman(
            *("run", "--detach", f"--name={self.name}", "--network=host", *FEW_RIGHTS),
            *("--stop-timeout=45", "--volume=ledger:/var/lib/smsherald"),
            *(f"--env={name}={value}" for name, value in environment.items()),
            IMAGE,
        )

        def ready() -> bool:
            state = self.inspected("State")
            assert state["Running"], self.podman.podman("logs", self.name)
            return request(f"http://127.0.0.1:{self.port}/readyz").status == 200

        eventually(ready, what="the daemon is ready")

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.podman.podman("stop", self.name)
        return int(self.inspected("State")["ExitCode"])

    def healthy(self) -> str:
        """Return what the image's own check says: nothing, where it is well."""
        return self.podman.podman("healthcheck", "run", self.name).strip()

    def inspected(self, member: str) -> Any:
        """Return what podman knows of the container, which all in all shows its secrets."""
        known = self.podman.podman(
            "container", "inspect", f"--format={{{{json .{member}}}}}", self.name
        )
        return json.loads(known)

    def execute(self, *command: str) -> str:
        """Run a command in the container, and return what it printed."""
        return self.podman.podman("exec", self.name, *command)

    def outcomes(self) -> list[str]:
        """Return what became of the SMSes of this start, in order, by its log."""
        lines = map(json.loads, self.podman.podman("logs", self.name).splitlines())
        return [line["sms"] for line in lines if line["message"] == "event"]

    def numbers(self) -> list[int]:
        """Return the numbers of the orders that were texted, sorted."""
        texts = (re.search(r"order R(\d+)\.$", text["body"]) for text in self.sandbox.texts())
        return sorted(int(text[1]) for text in texts if text)


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[Podman]:
    """Give a podman of this test's own, with the image."""
    (tmp_path / "podman").mkdir()
    podman = Podman(tmp_path / "podman")
    atexit.register(podman.stop)
    try:
        with podman:
            make_base(podman, tmp_path)
            build(podman, tmp_path)
            yield podman
    finally:
        podman.stop()
        atexit.unregister(podman.stop)


@pytest.mark.long
@pytest.mark.takes(75)
def test_the_image(podman: Podman, amqp_url: str, sandbox: SandboxProcess) -> None:
    contained = Contained(podman, amqp_url, sandbox, free_port())

    it_says_what_it_is(podman)
    contained.start()
    it_is_small(contained)
    it_has_few_rights(contained)
    it_says_what_it_is_made_of(contained)
    it_texts_and_is_healthy(contained)
    what_is_in_flight_when_it_is_stopped_ends_well(contained)
    the_next_on_its_volume_knows_who_was_texted(contained)


def it_says_what_it_is(podman: Podman) -> None:
    (image,) = json.loads(podman.podman("image", "inspect", IMAGE))
    labels = image["Labels"]

    assert labels["org.opencontainers.image.title"] == "smsherald"
    assert labels["org.opencontainers.image.version"] == __version__
    assert image["User"] == "10001:10001"
    # Files have the time that the build was told, without which no two builds are the same.
    times = ("run", "--rm", "--entrypoint=stat", IMAGE, "--format=%Y", PACKAGES, "/etc/smsherald")
    assert podman.podman(*times).split() == [str(CREATED)] * 2


def it_is_small(contained: Contained) -> None:
    images = json.loads(contained.podman.podman("image", "inspect", IMAGE, "python:3.13-slim"))
    image, base = (each["Size"] / 1e6 for each in images)
    parts = contained.execute("sh", "-c", f"du --apparent-size -B1000 -s {PACKAGES}/* | sort -rn")

    assert image - base < BUDGET, "kB:\n" + "\n".join(parts.splitlines()[:10])


def it_has_few_rights(contained: Contained) -> None:
    status = contained.execute("cat", "/proc/1/status")

    assert re.search(r"^Uid:\s+10001\b", status, re.MULTILINE)
    assert set(re.findall(r"^Cap\w+:\s+(\w+)$", status, re.MULTILINE)) == {"0" * 16}
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert contained.inspected("HostConfig")["ReadonlyRootfs"] is True
    assert contained.execute("stat", "--format=%a %u", "/var/lib/smsherald/ledger.db") == (
        "600 10001\n"
    )


def it_says_what_it_is_made_of(contained: Contained) -> None:
    (image,) = json.loads(contained.podman.podman("image", "inspect", IMAGE))
    text = contained.execute("cat", image["Labels"]["smsherald.sbom"])
    sbom = json.loads(text)
    installed = json.loads(contained.execute("python3", "-c", INSTALLED))
    pins = (REPOSITORY / "requirements.txt").read_text()

    named = [(part["name"], part["version"]) for part in sbom["components"]]
    assert sorted([*named, ("smsherald", __version__)]) == sorted(map(tuple, installed))
    assert all(part["licenses"] for part in sbom["components"])
    assert all(part["hashes"][0]["content"] in pins for part in sbom["components"])
    assert sbom["metadata"]["component"]["version"] == __version__
    # Nothing that another build would have otherwise.
    assert {"serialNumber", "timestamp"}.isdisjoint({*sbom, *sbom["metadata"]})
    assert re.findall(r"\w+://[^\"]+", text) == [sbom["$schema"]]
    assert not re.search(r"/(opt|build|tmp)/", text)
    count, *others = contained.execute("python3", "-c", NOT_COMPILED).split()
    assert (int(count) > 500, others) == (True, [])


def it_texts_and_is_healthy(contained: Contained) -> None:
    publish(contained.broker, [order(0)])
    eventually(lambda: contained.numbers() == [0], what="the text is sent")

    assert contained.healthy() == ""


def what_is_in_flight_when_it_is_stopped_ends_well(contained: Contained) -> None:
    contained.sandbox.fault("latency", times=None, seconds=1)
    publish(contained.broker, map(order, range(1, MANY)))
    eventually(lambda: len(contained.numbers()) > 1, what="texts are in flight")

    assert contained.stop() == 0
    contained.sandbox.heal()
    # None has an unknown fate: what was asked was waited for.
    assert contained.outcomes() == ["sent"] * len(contained.numbers())


def the_next_on_its_volume_knows_who_was_texted(contained: Contained) -> None:
    contained.podman.podman("rm", contained.name)
    contained.start()
    publish(contained.broker, [order(0)])
    eventually(lambda: "duplicate" in contained.outcomes(), what="the first order is known")
    eventually(lambda: len(contained.numbers()) >= MANY, what="every text is sent")

    assert contained.stop() == 0
    assert contained.numbers() == list(range(MANY))
    assert contained.outcomes().count("duplicate") == 1
