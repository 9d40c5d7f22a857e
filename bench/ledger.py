"""What the ledger costs: CPU an SMS, rows a commit, and how long commits take.

    .venv/bin/python bench/ledger.py [--smses 10000] [--rounds 3] [--json]

Claim, a Twilio that answers after 0 or 100 ms, record, told: 200 SMSes at once, on SQLite and on
PostgreSQL. The CPU is the process's, less that of the same loop without a ledger. Beside it: the
bare driver writing the same rows, a hundred SMSes a commit, with nothing decided and nobody waiting
(what a machine cannot do faster: compare with it); one SMS at a time; two processes on one SQLite
file. Medians over the rounds; `longest` is the longest commit of all of them, its wait for the
other process's lock included.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

import ordeal  # noqa: F401 - With it come the tests' own parts.
from bare import AT_ONCE, write_bare
from smsherald.ledger import SqlLedger
from smsherald.model import Accepted, Fresh, Sent, Sms, Told
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms
from support.postgres import Postgres

CONSOLE = Console(stderr=True)
IN_FLIGHT = 200
WITHIN = 300.0
"""Seconds that one measurement may take."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured; `latency` is Twilio's, in seconds."""

    database: str
    latency: float
    in_flight: int
    processes: int = 1

    @property
    def name(self) -> str:
        """Say it in a few words."""
        if not self.in_flight:
            return f"{self.database}, bare driver"
        if self.processes > 1:
            return f"{self.database}, {self.processes} processes, {self.latency * 1000:.0f} ms"
        if self.in_flight == 1:
            return f"{self.database}, one at a time"
        return f"{self.database}, {self.latency * 1000:.0f} ms"


CASES = [
    Case("sqlite", 0.0, 0),
    Case("sqlite", 0.0, IN_FLIGHT),
    Case("sqlite", 0.1, IN_FLIGHT),
    Case("postgresql", 0.0, 0),
    Case("postgresql", 0.0, IN_FLIGHT),
    Case("postgresql", 0.1, IN_FLIGHT),
    Case("sqlite", 0.0, 1),
    Case("postgresql", 0.0, 1),
    Case("sqlite", 0.0, IN_FLIGHT, processes=2),
    Case("sqlite", 0.1, IN_FLIGHT, processes=2),
]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process saw: µs of CPU an SMS, rows, milliseconds."""

    cpu: float
    rate: float
    rows: float
    """The mean of a commit."""
    commit: float
    """The median of how long a commit takes."""
    longest: float
    wait: float
    """The median of how long a claim waits."""


class Nothing:
    """Takes the ledger's place, to know what all the rest costs."""

    async def claim(self, sms: Sms) -> Fresh:
        """Grant it."""
        await asyncio.sleep(0)
        return Fresh(sms, 1, 0.0, sms.asked)

    async def record(self, _claim: Fresh, _answer: Accepted) -> None:
        """Forget it."""
        await asyncio.sleep(0)

    async def told(self, _told: Sequence[Told]) -> None:
        """Forget it."""
        await asyncio.sleep(0)


async def work(
    ledger: SqlLedger | Nothing, names: Sequence[str], case: Case
) -> tuple[float, float, list[float]]:
    """Take SMSes to their end; return CPU seconds, seconds, and how long claims waited."""
    smses = [an_sms(name) for name in names]
    answers = [Accepted(a_sid(name), "queued") for name in names]
    todo = iter(zip(smses, answers, strict=True))
    waits = []

    async def worker() -> None:
        for sms, answer in todo:
            asked = time.monotonic()
            claim = await ledger.claim(sms)
            waits.append(time.monotonic() - asked)
            assert isinstance(claim, Fresh), claim
            await asyncio.sleep(case.latency)
            outcome = await ledger.record(claim, answer)
            assert outcome is None or isinstance(outcome, Sent), outcome
            await ledger.told([Told(sms.key, Sent.word, answer.sid, None)])

    gc.collect()
    cpu, begun = time.process_time(), time.monotonic()
    await asyncio.gather(*(worker() for _ in range(case.in_flight)))
    return time.process_time() - cpu, time.monotonic() - begun, waits


def measure_bare(url: str, case: Case, smses: int) -> Figures:
    """Measure the driver by itself."""
    gc.collect()
    cpu, seconds, took = write_bare(LedgerDatabase(url), case.database, smses)
    return Figures(
        cpu=cpu * 1e6 / smses,
        rate=smses / seconds,
        rows=3.0 * AT_ONCE,
        commit=statistics.median(took) * 1000,
        longest=max(took) * 1000,
        wait=0.0,
    )


async def measure(url: str, case: Case, process: int, smses: int) -> Figures:
    """Measure in this process."""
    names = [f"{process}-{time.time_ns()}-{number}" for number in range(2 * smses)]
    without, _, _ = await work(Nothing(), names[:smses], case)
    observed = Observed()
    async with LedgerDatabase(url).open(f"bench-{process}", observed) as ledger:
        cpu, seconds, waits = await work(ledger, names[smses:], case)
    assert not [problem for problem in observed.troubles if problem], observed.troubles
    took = [each for each, _ in observed.commits]
    return Figures(
        cpu=(cpu - without) * 1e6 / smses,
        rate=smses / seconds,
        rows=statistics.fmean(rows for _, rows in observed.commits),
        commit=statistics.median(took) * 1000,
        longest=max(took) * 1000,
        wait=statistics.median(waits) * 1000,
    )


def in_fresh_processes(url: str, case: Case, smses: int) -> list[Figures]:
    """Measure in as many processes as the case wants, side by side."""
    count = max(1, smses // 20) if case.in_flight == 1 else smses
    arguments = [url, json.dumps(dataclasses.asdict(case)), str(count)]
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--measure", *arguments, str(process)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for process in range(case.processes)
    ]
    found = []
    for process in started:
        said, _ = process.communicate(timeout=WITHIN)
        if process.returncode:
            sys.exit(f"{case.name}: ended with {process.returncode}")
        found.append(Figures(**json.loads(said)))
    return found


def table(cases: Sequence[tuple[Case, Sequence[Figures]]]) -> Table:
    """Return the medians of each case."""
    columns = ("CPU µs/SMS", "SMSes/s", "rows", "commit ms", "longest ms", "claim waits ms")
    shown = Table("", *columns)
    for column in islice(shown.columns, 1, None):
        column.justify = "right"
    for case, found in cases:
        median = {
            field.name: statistics.median(getattr(each, field.name) for each in found)
            for field in dataclasses.fields(Figures)
        }
        shown.add_row(
            case.name,
            f"{median['cpu']:.0f}",
            f"{median['rate']:.0f}",
            f"{median['rows']:.1f}",
            f"{median['commit']:.1f}",
            f"{max(each.longest for each in found):.1f}",
            f"{median['wait']:.1f}",
        )
    return shown


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smses", type=int, default=10_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", metavar="WORDS", default="", help="cases whose name has this")
    parser.add_argument("--folder", type=Path, help="where SQLite's files lie (default: temporary)")
    parser.add_argument("--json", action="store_true", help="every round, on standard output")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        url, case, smses, process = arguments.measure
        chosen = Case(**json.loads(case))
        if chosen.in_flight:
            figures = asyncio.run(measure(url, chosen, int(process), int(smses)))
        else:
            figures = measure_bare(url, chosen, int(smses))
        print(json.dumps(dataclasses.asdict(figures)))
        return
    cases = [case for case in CASES if arguments.only in case.name]
    found: dict[Case, list[Figures]] = {case: [] for case in cases}
    postgres = Postgres()
    postgres.start()
    try:
        turns = [(number, case) for number in range(arguments.rounds) for case in cases]
        for _, case in track(turns, "ledger", console=CONSOLE):
            with (
                postgres.database() as name,
                tempfile.TemporaryDirectory(prefix="smsherald-", dir=arguments.folder) as folder,
            ):
                url = postgres.url(name)
                if case.database == "sqlite":
                    url = f"sqlite:///{folder}/ledger.db"
                found[case] += in_fresh_processes(url, case, arguments.smses)
    finally:
        postgres.remove()
    CONSOLE.print(table(list(found.items())))
    if arguments.json:
        rounds = {case.name: [dataclasses.asdict(each) for each in found[case]] for case in cases}
        print(json.dumps(rounds, indent=2))


if __name__ == "__main__":
    main()
