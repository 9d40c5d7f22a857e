"""Events per second: the daemon beside the plain consumer, on full queues, round by round.

    .venv/bin/python bench/throughput.py [--rounds 5] [--peers PYTHON] [--json]

`docs/benchmarks.md` says what is measured and how.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from contenders import Contender, Peer, Smsherald
from measure import Measurement, Run, RunError
from rig import Rig, rig

NAIVE = Peer("naive", "naive", share=0.2, at_once=1)
LONGEST = 10.0


def contenders(names: Sequence[str], peers_python: str | None) -> list[Contender]:
    """Return who runs: the daemon and the naive one, with `peers_python` the other peers too."""
    everybody: list[Contender] = [Smsherald(), NAIVE]
    if peers_python:
        everybody += [
            Peer("threads", "peers.threads", share=0.3, at_once=16, python=peers_python),
            Peer("aio", "peers.aio", share=0.5, at_once=100, python=peers_python),
        ]
    known = {contender.name: contender for contender in everybody}
    if unknown := set(names) - set(known):
        sys.exit(f"unknown: {', '.join(sorted(unknown))} (there are {', '.join(known)})")
    return [known[name] for name in names] if names else everybody


@dataclass(frozen=True, slots=True)
class Series:
    """What all runs have in common."""

    bench: Rig
    events: int
    latency_ms: float
    progress: Progress

    def run(self, contender: Contender, label: str) -> Measurement:
        """Fill a queue, let the contender work it off, and return what that cost."""
        events = self.events_for(contender)
        task = self.progress.add_task(f"{label} fill", total=events)

        def advance(done: int) -> None:
            self.progress.update(task, completed=done)

        try:
            with self.bench.scene(events, self.latency_ms, advance) as scene:
                self.progress.reset(task, description=f"{label} {contender.name}")
                measured = Run(contender, events, scene, advance).measure()
        finally:
            self.progress.remove_task(task)
        self.progress.print(
            f"{label} {contender.name}: {measured.rate:.0f}/s, {measured.cpu_us:.0f} µs"
        )
        return measured

    def events_for(self, contender: Contender) -> int:
        """Return how many events it is given: no more than it can post in `LONGEST` seconds."""
        share = self.events * contender.share
        if self.latency_ms:
            share = min(share, contender.at_once * LONGEST * 1000 / self.latency_ms)
        return max(1, round(share))


def table(measurements: Sequence[Measurement]) -> Table:
    """Return the medians of each contender's rounds.

    `peak` and `end` are MB of resident memory; `broker` and `others` are shares of all cores:
    what RabbitMQ took, and what went to anything that is not the benchmark.
    """
    shown = Table(
        Column(no_wrap=True),
        "events",
        "/s",
        "from-to",
        "CPU µs",
        "peak",
        "end",
        "broker",
        "others",
        box=SIMPLE_HEAD,
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in dict.fromkeys(each.contender for each in measurements):
        mine = [each for each in measurements if each.contender == name]
        rates = [each.rate for each in mine]
        shown.add_row(
            name,
            f"{mine[0].events}",
            f"{statistics.median(rates):.0f}",
            f"{min(rates):.0f}-{max(rates):.0f}",
            f"{statistics.median(each.cpu_us for each in mine):.0f}",
            f"{statistics.median(each.peak_mb for each in mine):.0f}",
            f"{statistics.median(each.end_mb for each in mine):.0f}",
            f"{statistics.median(each.broker_share for each in mine):.0%}",
            f"{statistics.median(each.others_share for each in mine):.0%}",
        )
    return shown


def ratio(measurements: Sequence[Measurement], name: str, base: str) -> float | None:
    """Return how many times faster `name` is than `base`, median by median."""
    rates = {
        who: [each.rate for each in measurements if each.contender == who] for who in (name, base)
    }
    if not all(rates.values()):
        return None
    return statistics.median(rates[name]) / statistics.median(rates[base])


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contenders", nargs="*", help="only these: smsherald, naive, threads, aio")
    parser.add_argument("--events", type=int, default=10_000, help="for the fastest contender")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0, help="the stand-in's, milliseconds")
    parser.add_argument("--peers", metavar="PYTHON", help="run the other peers too, by this Python")
    parser.add_argument("--folder", type=Path, help="where runs write (default: temporary files)")
    parser.add_argument("--json", action="store_true", help="every run, on standard output")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    runners = contenders(arguments.contenders, arguments.peers)
    measurements: list[Measurement] = []
    with rig(arguments.folder) as bench, Progress(*columns, console=console) as progress:
        series = Series(bench, arguments.events, arguments.latency, progress)
        try:
            for number in range(1, arguments.rounds + 1):
                label = f"round {number}/{arguments.rounds}"
                measurements += [series.run(runner, label) for runner in runners]
        except RunError as error:
            sys.exit(str(error))
    console.print(table(measurements))
    times = ratio(measurements, "smsherald", "naive")
    if times is not None:
        console.print(f"smsherald does {times:.2f} times the events/s of naive.")
    if arguments.json:
        rows = [asdict(each) | {"rate": each.rate, "cpu_us": each.cpu_us} for each in measurements]
        print(json.dumps({"runs": rows, "smsherald_to_naive": times}, indent=2))


if __name__ == "__main__":
    main()
