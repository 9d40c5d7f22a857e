"""Daemons, each with a broker and a sandbox of its own, and a Prometheus that watches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from acceptance.conftest import Shop
from support.daemon import Daemon
from support.prometheus import Prometheus
from support.publishing import listen
from support.rabbit import Rabbit
from support.rules import hurried
from support.sandbox import SandboxProcess


@pytest.fixture
def hurried_rules(tmp_path: Path) -> Path:
    """Write the shipped rules as a file, in a copy in which time runs faster."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(hurried())
    return rules


@contextmanager
def configured(rabbit: Rabbit, directory: Path) -> Iterator[Shop]:
    """Give a daemon that the test starts, and that waits for no longer than a test can."""
    directory.mkdir()
    sandbox = SandboxProcess(directory / "sandbox")
    sandbox.directory.mkdir()
    with ExitStack() as entered:
        vhost = entered.enter_context(rabbit.vhost())
        entered.enter_context(sandbox)
        (directory / "daemon").mkdir()
        daemon = Daemon(directory / "daemon", rabbit.url(vhost), sandbox.url)
        daemon.settings["ledger"] |= {
            "fence": "1s",
            "late_accept": "500ms",
            "listing_lag": "500ms",
            "quarantine": "5s",
        }
        daemon.settings["retry"] = {"tiers": ["1s", "5s"]}
        daemon.settings["twilio"]["timeout"] = "2s"
        entered.callback(daemon.kill)
        yield Shop(rabbit, vhost, sandbox, daemon, listen(rabbit.url(vhost)))


@pytest.fixture
def prometheus(tmp_path: Path, hurried_rules: Path) -> Iterator[Prometheus]:
    """Start a Prometheus by these rules that watches nobody yet."""
    with Prometheus(tmp_path / "prometheus", hurried_rules) as started:
        yield started
