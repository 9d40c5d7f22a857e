"""How long `backtest` takes on a day of events: one configuration, and two side by side.

    .venv/bin/python bench/backtest.py [--events 100000] [--json]

Each is a process of its own, from exec to exit. Of the events one in twenty comes again, one in
ten no flow wants, one in fifty is parked; four flows make texts of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from shop import ACCOUNT_SID, AUTH_TOKEN, SENDER, order

CONSOLE = Console(stderr=True)
PROGRAM = Path(sys.executable).with_name("smsherald")
BEGUN = 1_767_225_600.0
LIMITS = {"alone": 60.0, "against": 120.0}
"""Seconds that each may take for 100,000 events."""
USUAL = 100_000
SETTINGS = f"""\
twilio:
  accounts:
    default: {{account_sid: {ACCOUNT_SID}, auth_token: {AUTH_TOKEN}, from: "{SENDER}"}}
prices: {{US: 0.0079 USD, "+44": 0.04 GBP}}
policy: {{deny: ["+44"]}}
"""
FLOW = """\
subscribe: order.{key}
schema: order
to: "{{{{ order.billing_address.phone }}}}"
message: "Hi {{{{ order.billing_address.firstname }}}}, your order {{{{ order.number }}}} is {key}."
reference: "{{{{ order.number }}}}"
once: "{{{{ order.number }}}}"
"""
LAST, BAD, UNWANTED = 19, 7, 5
"""Which of twenty comes again, which of fifty is parked, which of ten nobody wants."""
KEYS = ("created", "paid", "shipped", "delivered")


@dataclass(frozen=True, slots=True)
class Took:
    """What one process took."""

    seconds: float
    cpu: float
    megabytes: float


def recorded(number: int) -> Mapping[str, Any]:
    """Return one event as `tap` writes it."""
    before = number - 17 if number % 20 == LAST else number
    body = json.loads(order(before))
    if number % 50 == BAD:
        body["order"]["billing_address"]["phone"] = "12"
    key = "stock.changed" if number % 10 == UNWANTED else f"order.{KEYS[before % len(KEYS)]}"
    return {
        "at": BEGUN + number * 0.5,
        "exchange": "events",
        "routing_key": key,
        "properties": {
            "content_type": "application/json",
            "message_id": f"m{before}",
            "app_id": "s",
        },
        "headers": {},
        "body": body,
    }


def configured(folder: Path) -> Path:
    """Write a configuration; return its settings."""
    (folder / "flows").mkdir(parents=True)
    for key in KEYS:
        (folder / "flows" / f"{key}.yaml").write_text(FLOW.format(key=key))
    path = folder / "smsherald.yaml"
    path.write_text(SETTINGS)
    return path


def lines(events: int) -> Iterator[str]:
    """Return the recording, line by line."""
    return (json.dumps(recorded(number)) + "\n" for number in range(events))


def took(*arguments: str) -> Took:
    """Run the command to its end, which must be 0."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(PROGRAM), "backtest", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{arguments}: {process.returncode}")
    return Took(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=USUAL)
    parser.add_argument("--json", action="store_true", help="the figures, on standard output")
    arguments = parser.parse_args()
    events = arguments.events
    with tempfile.TemporaryDirectory(prefix="smsherald-bench-") as place:
        here, there = (configured(Path(place) / name) for name in ("here", "there"))
        recording = Path(place) / "events.jsonl"
        with recording.open("w") as file:
            file.writelines(lines(events))
        usual = (str(recording), "--config", str(here))
        results = {"alone": took(*usual), "against": took(*usual, "--against", str(there))}
    shown = Table("", "s", "CPU µs an event", "MB", "limit s")
    for name, result in results.items():
        limit = LIMITS[name] * events / USUAL
        verdict = "" if result.seconds <= limit else " exceeded"
        shown.add_row(
            name,
            f"{result.seconds:.1f}",
            f"{result.cpu / events * 1e6:.0f}",
            f"{result.megabytes:.0f}",
            f"{limit:.0f}{verdict}",
        )
    CONSOLE.print(shown)
    if arguments.json:
        print(json.dumps({name: asdict(result) for name, result in results.items()}, indent=2))


if __name__ == "__main__":
    main()
