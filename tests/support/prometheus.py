"""A Prometheus and an Alertmanager of the tests' own, in a hurry."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import yaml

from support.http import request
from support.needs import program
from support.ports import free_port
from support.waiting import eventually

EVERY = "250ms"
"""Between two scrapes, and between two looks at the rules."""


class Peer:
    """A server that says at `path` when it is there; what it writes is kept in `directory`."""

    def __init__(self, directory: Path, path: str) -> None:
        directory.mkdir()
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return what starts it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        log = self.directory / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )
        self._process = process

        def up() -> bool:
            if process.poll() is not None:
                raise AssertionError(log.read_text())
            return request(self.url + self._path).status == 200

        try:
            eventually(up, what=f"{type(self).__name__} is ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Prometheus(Peer):
    """Scrapes what `targets` was told of last, by the rules in the file `rules`.

    `alertmanager` is the address of one that is told of alerts.
    """

    def __init__(self, directory: Path, rules: Path | None, alertmanager: str = "") -> None:
        self._program = program("prometheus", "prometheus")
        super().__init__(directory, "/-/ready")
        self._targets = directory / "targets.json"
        self._targets.write_text("[]")
        scrape = {"job_name": "none", "file_sd_configs": [{"files": [str(self._targets)]}]}
        config: dict[str, Any] = {
            "global": {
                "scrape_interval": EVERY,
                "scrape_timeout": EVERY,
                "evaluation_interval": EVERY,
            },
            "scrape_configs": [scrape],
            "rule_files": [] if rules is None else [str(rules)],
        }
        if alertmanager:
            told = {"static_configs": [{"targets": [urlsplit(alertmanager).netloc]}]}
            config["alerting"] = {"alertmanagers": [told]}
        (directory / "prometheus.yaml").write_text(yaml.safe_dump(config))

    def command(self) -> list[str]:
        """Return what starts it."""
        return [
            self._program,
            "--config.file=prometheus.yaml",
            "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--rules.alert.resend-delay=1s",
        ]

    def targets(self, jobs: Mapping[str, str]) -> None:
        """Scrape these from now on: addresses by the names of their jobs."""
        self._targets.write_text(
            json.dumps(
                [
                    {"targets": [urlsplit(url).netloc], "labels": {"job": job}}
                    for job, url in jobs.items()
                ]
            )
        )

    def firing(self) -> dict[tuple[str, str], str]:
        """Return what fires now: the description by name and job."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("job", "")): alert["annotations"][
                "description"
            ]
            for alert in self._get("/api/v1/alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector of an expression."""
        found: list[dict[str, Any]] = self._get(f"/api/v1/query?query={quote(expression)}")[
            "result"
        ]
        return found

    def series(self, expression: str, start: float, end: float) -> list[dict[str, Any]]:
        """Return the same between two moments, a value each quarter of a second."""
        span = f"start={start}&end={end}&step=0.25"
        found: list[dict[str, Any]] = self._get(
            f"/api/v1/query_range?query={quote(expression)}&{span}"
        )["result"]
        return found

    def _get(self, path: str) -> dict[str, Any]:
        answer = json.loads(request(self.url + path).text)
        assert answer["status"] == "success", answer
        data: dict[str, Any] = answer["data"]
        return data


class Alertmanager(Peer):
    """Tells a webhook of every alert, at once, and of its end."""

    def __init__(self, directory: Path, webhook: str) -> None:
        self._program = program("prometheus-alertmanager", "prometheus-alertmanager")
        super().__init__(directory, "/-/ready")
        config = {
            "route": {
                "receiver": "on-call",
                "group_by": ["alertname", "job"],
                "group_wait": "100ms",
                "group_interval": "500ms",
            },
            "receivers": [{"name": "on-call", "webhook_configs": [{"url": webhook}]}],
        }
        (directory / "alertmanager.yaml").write_text(yaml.safe_dump(config))

    def command(self) -> list[str]:
        """Return what starts it."""
        return [
            self._program,
            "--config.file=alertmanager.yaml",
            "--storage.path=data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]


def promtool(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    path = program("promtool", "prometheus")
    done = subprocess.run(
        [path, *arguments], input=stdin, capture_output=True, check=False, timeout=60
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )
