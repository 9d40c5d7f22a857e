"""How long commands take: `--help`, `check` on the shipped configuration, `run` until ready.

    .venv/bin/python bench/startup.py [--runs 15] [--json]

Medians over fresh processes; one before each series warms the kernel's file cache. `run` is
ready when `/readyz` answers 200; the broker runs already. "First" has everything new (virtual
host, queues to declare, ledger), "again" finds them there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from contenders import HERE, environment, write_config
from measure import started
from rig import rig
from shop import ACCOUNT_SID, AUTH_TOKEN, SENDER

CONSOLE = Console(stderr=True)
PROGRAM = Path(sys.executable).with_name("smsherald")
SHIPPED = HERE.parent / "config" / "smsherald.yaml"
LIMITS = {"--help": 0.3, "check": 0.6, "run, first": 1.5, "run, again": 1.5}
"""Seconds that each may take at the median."""
READY_TIMEOUT = 30.0
LOOK_EVERY = 0.01


def settings_environment() -> Mapping[str, str]:
    """Return what the shipped configuration takes from the environment."""
    return environment() | {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": SENDER,
    }


def finishes(*arguments: str) -> float:
    """Run the command to its end, which must be 0, and return the seconds from exec to exit."""
    begun = time.perf_counter()
    done = subprocess.run(
        [str(PROGRAM), *arguments], env=settings_environment(), capture_output=True, check=False
    )
    took = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return took


def becomes_ready(config: Path, port: int) -> float:
    """Return the seconds from the exec of `run` to its first ready answer; then end it."""
    command = [str(PROGRAM), "run", "--config", str(config)]
    begun = time.perf_counter()
    with started(command, config.parent) as process:
        while not is_ready(port):
            if process.poll() is not None or time.perf_counter() > begun + READY_TIMEOUT:
                sys.exit(f"run was not ready:\n{(config.parent / 'stderr.log').read_text()}")
            time.sleep(LOOK_EVERY)
        return time.perf_counter() - begun


def is_ready(port: int) -> bool:
    """Ask `/readyz` once."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def measure_commands(runs: int) -> dict[str, list[float]]:
    """Time the commands that end by themselves."""
    check = ("check", "--config", str(SHIPPED))
    finishes("--help")
    finishes(*check)
    series: dict[str, list[float]] = {"--help": [], "check": []}
    for _ in track(range(runs), "commands", console=CONSOLE):
        series["--help"].append(finishes("--help"))
        series["check"].append(finishes(*check))
    return series


def measure_run(runs: int) -> dict[str, list[float]]:
    """Time `run` until it is ready, twice on each of `runs` virtual hosts."""
    series: dict[str, list[float]] = {"run, first": [], "run, again": []}
    with rig() as bench:
        for number in track(range(runs + 1), "run", console=CONSOLE):
            with bench.scene(events=0, latency_ms=0) as scene:
                config = write_config(scene.place)
                for times in series.values():
                    took = becomes_ready(config, scene.place.http_port)
                    if number > 0:
                        times.append(took)
    return series


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="every run, on standard output")
    arguments = parser.parse_args()
    series = measure_commands(arguments.runs) | measure_run(arguments.runs)
    shown = Table("", "median s", "from-to", "limit")
    for name, times in series.items():
        median, limit = statistics.median(times), LIMITS[name]
        verdict = "" if median <= limit else " exceeded"
        spread = f"{min(times):.2f}-{max(times):.2f}"
        shown.add_row(name, f"{median:.3f}", spread, f"{limit}{verdict}")
    CONSOLE.print(shown)
    if arguments.json:
        print(json.dumps(series, indent=2))


if __name__ == "__main__":
    main()
