"""The daemon as a process of its own, on a configuration that the test may change."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from support.command import ended
from support.http import request
from support.ports import free_port
from support.process import Process
from support.secrets import AUTH_TOKEN, require_none
from support.waiting import PATIENCE, eventually

REPOSITORY = Path(__file__).parents[2]
SHIPPED_FLOWS = REPOSITORY / "config" / "flows"


class Figures:
    """What `/metrics` said at one moment."""

    def __init__(self, text: str) -> None:
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """Return a sample, or the sum of those that differ in labels not named here.

        `name` is the sample's: with `_total`, `_count`, … Raises LookupError where there is none.
        """
        values = [
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        if not values:
            message = f"no sample {name}{labels}"
            raise LookupError(message)
        return sum(values)


class Daemon(Process):
    """`smsherald run` with the shipped flows; its ledger outlives a restart.

    `settings` are those of `smsherald.yaml` (`config`), written anew at each start; so are changes
    to the files in `flows` found. `options` are those of the command.
    """

    def __init__(self, directory: Path, broker_url: str, api_url: str, *options: str) -> None:
        self.config = directory / "smsherald.yaml"
        super().__init__(directory, "run", "--config", str(self.config), *options)
        self.flows = directory / "flows"
        shutil.copytree(SHIPPED_FLOWS, self.flows)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        account = {
            "account_sid": "AC" + "a" * 32,
            "auth_token": AUTH_TOKEN,
            "from": "+15005550006",
            "api_url": api_url,
        }
        self.settings: dict[str, Any] = {
            "broker": {"url": broker_url},
            "twilio": {"default_account": "default", "accounts": {"default": account}},
            "ledger": {"url": f"sqlite:///{directory}/ledger.db"},
            "http": {"listen": f"127.0.0.1:{port}"},
            "log": {"format": "json"},
        }

    def start(self, *, ready: bool = True) -> None:
        """Start it and, unless told otherwise, return once `/readyz` says yes."""
        self.write()
        super().start()
        if ready:
            self.wait_ready()

    def write(self) -> None:
        """Write its settings without starting it."""
        self.config.write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def wait_ready(self, within: float = PATIENCE) -> None:
        """Return once it is ready; fail after so many seconds, or at once if it has ended."""

        def ready() -> bool:
            self.require_alive()
            answer = request(self.url + "/readyz")
            if answer.status != 200:
                raise LookupError(answer.text)
            return True

        eventually(ready, within=within, what="the daemon is ready")

    def command(self, *arguments: str, check: bool = True) -> str:
        """Run another command on its configuration and return what it printed.

        It must succeed, unless `check` is false.
        """
        environment = self.environment | {"SMSHERALD_CONFIG": str(self.config)}
        done = ended(arguments, environment, cwd=Path.cwd())
        stdout = done.stdout.decode()
        require_none(stdout, f"smsherald {arguments[0]}")
        sys.stderr.write(done.stderr.decode())
        if check:
            done.check_returncode()
        return stdout

    def metrics(self) -> Figures:
        """Return what it counted since it was started."""
        return Figures(request(self.url + "/metrics").text)

    def log_lines(self) -> list[dict[str, Any]]:
        """Return the log of the last start, a dict a line, but for one that is being written."""
        whole, _, _ = self.stdout.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def fds(self) -> int:
        """Count its open file descriptors."""
        return len(list(Path(f"/proc/{self.running.pid}/fd").iterdir()))
