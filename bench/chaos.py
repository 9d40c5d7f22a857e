"""Nothing lost, nothing sent twice, nothing untold: shown from outside, while all goes wrong.

    .venv/bin/python bench/chaos.py --events 1500 --kills 30 --stops 10 --broker-restarts 3

A RabbitMQ node, the sandbox as Twilio, and some daemons on one ledger. Events are published over
the whole time in which processes are killed and stopped, the broker restarts, Twilio answers
wrongly, late or not at all, the ledger is locked, operators pause what is sent, and daemons read
their flows anew. Then all that was published is compared with all that Twilio has and all that was
told. Exits with 1, and says why, if a promise was broken or too few faults met anything.
`docs/reliability.md` says more.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ordeal.events import plan
from ordeal.faults import Kind, Ordeal
from ordeal.person import Person
from ordeal.publisher import Publisher
from ordeal.report import Figures, figures
from ordeal.stage import QUARANTINE, Choices, Stage, settle, stage
from ordeal.twilio import order_faults
from ordeal.verdict import judge
from support.publishing import heard

PUBLISHES_WITHIN = 60.0
"""Seconds that the last events are given after the last fault."""
DEFECTS = Path(__file__).parent / "ordeal"
"""The folder of the daemons with a defect."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1500)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kills", type=int, default=30, help="kill -9 of a daemon")
    parser.add_argument("--stops", type=int, default=10, help="SIGSTOP and, later, SIGCONT")
    parser.add_argument("--broker-restarts", type=int, default=3, help="every other by kill -9")
    parser.add_argument("--connections-closed", type=int, default=4, help="all of them at once")
    parser.add_argument("--ledger-locks", type=int, default=4, help="1 to 4 s each")
    parser.add_argument("--pauses", type=int, default=6, help="0.5 to 3 s, of all or of some")
    parser.add_argument("--reloads", type=int, default=10, help="every tenth of a broken file")
    parser.add_argument("--twilio-faults", type=float, default=0.15, metavar="P")
    parser.add_argument("--gap", type=float, default=1.5, help="mean seconds between faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quarantine", type=float, default=QUARANTINE, help="seconds")
    parser.add_argument("--on-unknown", choices=["lookup", "resend"], default="lookup")
    parser.add_argument("--unsafe", action="store_true", help="run the daemons with --unsafe")
    defects = parser.add_mutually_exclusive_group()
    defects.add_argument(
        "--move-since",
        dest="defect",
        action="store_const",
        const="moved_since.py",
        help="run daemons that look up from the wrong time on",
    )
    defects.add_argument(
        "--overlook-pauses",
        dest="defect",
        action="store_const",
        const="overlooked_pauses.py",
        help="run daemons that learn of a pause only when they look for one",
    )
    parser.add_argument(
        "--least-share", type=float, default=0.8, help="of the faults must find rows `sending`"
    )
    parser.add_argument("--settle", type=float, default=180.0, help="seconds, at most, at the end")
    parser.add_argument("--folder", type=Path, help="where all is written, and kept")
    parser.add_argument("--json", action="store_true", help="the figures, on standard output")
    return parser.parse_args()


@contextmanager
def progressing(console: Console, label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar while inside; what it gives takes how much is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.update(task, completed=done)


def chaos(chosen: argparse.Namespace, running: Stage, console: Console) -> Figures:
    """Publish while everything happens, wait until all is settled, and compare."""
    chance = Random(chosen.seed)  # noqa: S311 - repeatable chance is the purpose.
    events = plan(chosen.events, chance)
    ordeal = Ordeal(running, faults(chosen), chosen.gap, chance)
    publisher = Publisher(running.url, events, lambda: round(ordeal.elapsed * len(events)))
    order_faults(running.sandbox, chosen.twilio_faults, chosen.seed)
    begun = time.monotonic()
    person = Person(running)
    for thread in (publisher, person):
        thread.start()
    try:
        with progressing(console, "events, while it all goes wrong", len(events)) as done:
            ordeal.on_step = lambda: done(publisher.acknowledged)
            ordeal.run()
            publisher.join(PUBLISHES_WITHIN)
            done(publisher.acknowledged)
    finally:
        publisher.stop()
    running.sandbox.heal()
    with console.status("Nothing goes wrong any more; waiting until all is settled."):
        unexpected = settle(running, chosen.settle, before_the_end=person.stop)
        unexpected += person.problems
        verdict = judge(
            events,
            running.sandbox.texts(),
            heard(running.url, running.listening),
            unexpected,
            refused=ordeal.refused,
            held=person.decided,
        )
    return figures(ordeal, publisher, running, verdict, time.monotonic() - begun)


def faults(chosen: argparse.Namespace) -> dict[Kind, int]:
    """Return how often what is to happen."""
    return {
        Kind.KILL: chosen.kills,
        Kind.STOP: chosen.stops,
        Kind.BROKER_RESTART: chosen.broker_restarts,
        Kind.CONNECTIONS_CLOSED: chosen.connections_closed,
        Kind.LEDGER_LOCKED: chosen.ledger_locks,
        Kind.PAUSE: chosen.pauses,
        Kind.RELOAD: chosen.reloads,
    }


def main() -> None:
    """Run it, print the tables, and exit with 1 if a promise was broken."""
    chosen = arguments()
    console = Console(stderr=True)
    program = (sys.executable, "-P", DEFECTS / chosen.defect) if chosen.defect else None
    choices = Choices(chosen.ledger, chosen.quarantine, chosen.on_unknown, chosen.unsafe, program)
    with folder(chosen.folder) as place, stage(place, chosen.replicas, choices) as running:
        seen = chaos(chosen, running, console)
    console.print(*seen.tables())
    if chosen.json:
        print(seen.json(chosen.least_share))
    if broken := seen.broken(chosen.least_share):
        sys.exit("\n".join(broken))
    console.print("Nothing was lost, sent twice or left untold.")


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder to write in; without a name it is gone afterwards."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="smsherald-chaos-") as name:
            yield Path(name)
    else:
        kept.mkdir(parents=True)
        yield kept


if __name__ == "__main__":
    main()
