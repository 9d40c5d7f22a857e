"""How long who writes flows waits: `check --flows`, `test`, `preview`, by the number of flows.

    .venv/bin/python bench/check_flows.py [--runs 15] [--json]

Each flow reads an order, has two languages and three tests. Medians over fresh processes, one
before each series; the number of flows is alternated, so that what else the machine does meets
all of them. A further flow costs the difference between the most and half of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

CONSOLE = Console(stderr=True)
PROGRAM = Path(sys.executable).with_name("smsherald")
EVENT = "event.json"
COMMANDS = {
    "check --flows": ("check", "--flows"),
    "test": ("test",),
    "preview": ("preview", EVENT),
}
ORDER = {
    "number": "R1",
    "total": "1000.00",
    "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
}
FLOWS = (0, 50, 100)
LIMIT = 1.0
"""Seconds for 50 flows, start included."""
LIMIT_A_FLOW = 0.006
SETTINGS = """\
twilio:
  accounts:
    default: {account_sid: "${SID}", auth_token: "${TOKEN}", from: "${FROM}"}
"""
FLOW = """\
subscribe: order.created.{number}
schema: order
when: order.status != "cart" and order.total | float > {number}
to:
  - "{{{{ order.billing_address.phone }}}}"
  - "{{{{ order.shipping_address.phone }}}}"
message:
  en: "Hi {{{{ order.billing_address.firstname }}}}, this is {{{{ order.number }}}} ({number})."
  es: "Hola {{{{ order.billing_address.firstname }}}}, es {{{{ order.number }}}} ({number})."
locale: "{{{{ order.locale }}}}"
reference: "{{{{ order.number }}}}"
max_age: 2h
tests:
  - name: an order in English
    event:
      order:
        number: R{number}
        total: "1000.00"
        billing_address: {{ firstname: Ann, phone: "+15558675309" }}
    expect:
      to: "+15558675309"
      message: "Hi Ann, this is R{number} ({number})."
      reference: R{number}
  - name: an order in Spanish
    event:
      number: R{number}
      total: "1000.00"
      locale: es-MX
      billing_address: {{ firstname: Ana, phone: "+15558675309" }}
    expect: {{ message: "Hola Ana, es R{number} ({number}).", segments: 1 }}
  - name: a basket
    event: {{ number: R{number}, total: "1000.00", status: cart }}
    expect: {{ ignored: true }}
"""


def written(folder: Path, flows: int) -> Path:
    """Write a configuration of so many flows; return its settings."""
    (folder / "flows").mkdir(parents=True)
    for number in range(flows):
        (folder / "flows" / f"flow-{number:03}.yaml").write_text(FLOW.format(number=number))
    settings = folder / "smsherald.yaml"
    settings.write_text(SETTINGS)
    (folder / EVENT).write_text(json.dumps(ORDER))
    return settings


def finishes(command: tuple[str, ...], settings: Path, flows: int) -> float:
    """Run a command to its end, and return the seconds from exec to exit."""
    begun = time.perf_counter()
    done = subprocess.run(
        [str(PROGRAM), *command, "--config", str(settings)],
        cwd=settings.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - begun
    # Without flows nothing passes; only the start is measured.
    said = "1 text" if EVENT in command else f"{3 * flows} tests passed"
    if flows and (
        done.returncode != 0 or done.stdout.count(said) < (flows if EVENT in command else 1)
    ):
        sys.exit(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return took


def measured(folder: Path, runs: int) -> Iterator[tuple[str, dict[int, float]]]:
    """Yield each command with its seconds by the number of flows."""
    settings = {flows: written(folder / str(flows), flows) for flows in FLOWS}
    for name, command in COMMANDS.items():
        seconds: dict[int, list[float]] = {flows: [] for flows in FLOWS}
        for run in range(-1, runs):
            for flows, path in settings.items():
                took = finishes(command, path, flows)
                if run >= 0:
                    seconds[flows].append(took)
        yield name, {flows: statistics.median(each) for flows, each in seconds.items()}


def main() -> None:
    """Measure, print, and exit with 1 where a limit is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = Table("", *(f"{flows} flows, ms" for flows in FLOWS), "a further flow, ms")
    found = {}
    _, half, most = FLOWS
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in measured(Path(folder), options.runs):
            further = (seconds[most] - seconds[half]) / (most - half)
            found[name] = {
                "seconds": {str(flows): round(took, 4) for flows, took in seconds.items()},
                "a_further_flow": round(further, 5),
                "passes": seconds[half] < LIMIT and further <= LIMIT_A_FLOW,
            }
            table.add_row(
                name, *(f"{took * 1000:.0f}" for took in seconds.values()), f"{further * 1000:.2f}"
            )
    CONSOLE.print(table)
    if options.json:
        print(json.dumps({"cpus": os.cpu_count(), "commands": found}, indent=2))
    sys.exit(0 if all(each["passes"] for each in found.values()) else 1)


if __name__ == "__main__":
    main()
