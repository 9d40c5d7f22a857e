"""The processes: a broker of its own, the sandbox, and the daemons on one ledger."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ordeal.events import flows
from ordeal.ledger import Ledger, postgresql_ledger, sqlite_ledger
from support.daemon import Daemon
from support.publishing import listen
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

QUEUE = "smsherald"
TIERS = ("1s", "5s", "11s")
TIMEOUT, LATE_ACCEPT, LISTING_LAG, FENCE, QUARANTINE = 2.0, 2.0, 1.0, 1.0, 10.0
"""Seconds. The defaults' proportions; the sandbox keeps to them as Twilio should to those."""
MARGIN = QUARANTINE - (TIMEOUT + LATE_ACCEPT + LISTING_LAG + FENCE)
"""A process may be stopped for so long between the fence and the socket, and no harm is done."""
SKEW = 1.0
"""The sandbox's clock is the ledger's; a wide window would hide a look-up that starts too late."""
DONE_TO_IT = ("ledger_away", "reload_refused")
"""What a daemon may say is wrong: the ledger is locked for longer than it is patient, and a file
was broken."""
STARTS_WITHIN = 30.0
"""Seconds that a daemon is given to start, or to read its configuration anew."""
ATTEMPTS = 1000
"""Nothing is given up: what ends as failed was refused."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be set differently; all but the ledger, to see the promise broken."""

    ledger: str
    """`sqlite` or `postgresql`."""
    quarantine: float
    on_unknown: str
    unsafe: bool
    program: tuple[str | Path, ...] | None
    """Runs in place of `smsherald`."""


@dataclass
class Replica:
    """One daemon, started again whenever it was killed."""

    name: str
    daemon: Daemon
    started: float = 0.0
    """When it was started last, in seconds since the epoch."""
    fallen: list[str] = field(default_factory=list)
    """How it ended by itself, if it did."""

    def start(self) -> None:
        """Start it, and do not wait."""
        self.started = time.time()
        self.daemon.start(ready=False)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.check()
        self.daemon.kill()

    def check(self) -> None:
        """Start it again if it has ended by itself, which it never should."""
        if (code := self.daemon.running.poll()) is not None:
            self.fallen.append(f"{self.name} ended by itself with {code}")
            self.daemon.wait()
            self.start()

    def write(self, version: int) -> None:
        """Write its flows, of some version."""
        for flow, text in flows(version).items():
            (self.daemon.flows / f"{flow}.yaml").write_text(text)

    def reload(self, then: str) -> None:
        """Ask for a reload, and wait until it says so; that it never does is kept for the end.

        A signal before it has begun to listen would end it.
        """
        try:
            eventually(lambda: self._says("started"), within=STARTS_WITHIN, what="it has started")
            before = self._says(then)
            self.daemon.running.send_signal(signal.SIGHUP)
            eventually(lambda: self._says(then) > before, within=STARTS_WITHIN, what=then)
        except AssertionError as error:
            self.fallen.append(f"{self.name}: {error}")

    def _says(self, message: str) -> int:
        """Count the lines with a message in its log, since it was started last."""
        return self.daemon.stdout.read_text(errors="replace").count(f'"message":"{message}"')

    def errors(self) -> Counter[str]:
        """Count the errors in its logs by what they say, but for what was done to it."""
        logs = self.daemon.directory.glob("stdout.*")
        lines = (line for log in logs for line in log.read_text(errors="replace").splitlines())
        return Counter(f"logged: {said}" for said in map(_error, lines) if said is not None)


def _error(line: str) -> str | None:
    if '"error"' not in line and '"critical"' not in line:
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None  # It was killed in the middle of the line.
    is_error = entry["level"] in ("error", "critical") and entry["message"] not in DONE_TO_IT
    return str(entry["message"]) if is_error else None


@dataclass(frozen=True, slots=True)
class Stage:
    """All of them, up and ready."""

    rabbit: Rabbit
    vhost: str
    sandbox: SandboxProcess
    replicas: tuple[Replica, ...]
    ledger: Ledger
    listening: str
    """The queue that hears all notifications."""

    @property
    def url(self) -> str:
        """The broker, for who publishes and listens."""
        return self.rabbit.url(self.vhost)

    def waiting(self) -> int:
        """Count the deliveries that are not settled, retries included."""
        queues = [QUEUE, *(f"{QUEUE}.retry.{tier}" for tier in TIERS)]
        depths = [self.rabbit.depth(self.vhost, queue) for queue in queues]
        return sum(depth.ready + depth.unacked for depth in depths)

    def parked(self) -> int:
        """Count what waits for a person."""
        return self.rabbit.depth(self.vhost, f"{QUEUE}.parked").ready


@contextmanager
def stage(folder: Path, replicas: int, choices: Choices) -> Iterator[Stage]:
    """Start everything in `folder`; the daemons are ready."""
    for name in ("rabbit", "sandbox"):
        (folder / name).mkdir()
    with ExitStack() as teardowns:
        rabbit = Rabbit(folder / "rabbit")
        teardowns.callback(rabbit.stop)
        rabbit.start()
        vhost = teardowns.enter_context(rabbit.vhost())
        sandbox = teardowns.enter_context(SandboxProcess(folder / "sandbox"))
        if choices.ledger == "sqlite":
            ledger = sqlite_ledger(folder / "ledger.db")
        else:
            ledger = teardowns.enter_context(postgresql_ledger())
        running = []
        for number in range(replicas):
            name = f"r{number}"
            daemon = _daemon(folder / name, rabbit.url(vhost), sandbox.url, ledger.url, choices)
            daemon.environment["SMSHERALD_INSTANCE"] = name
            teardowns.callback(daemon.kill)
            running.append(Replica(name, daemon))
            running[-1].write(0)
        listening = listen(rabbit.url(vhost))
        for replica in running:
            replica.start()
            replica.daemon.wait_ready()
        yield Stage(rabbit, vhost, sandbox, tuple(running), ledger, listening)


def _daemon(folder: Path, broker: str, api: str, ledger: str, choices: Choices) -> Daemon:
    daemon = Daemon(folder, broker, api, *(["--unsafe"] if choices.unsafe else []))
    if choices.program is not None:
        daemon.program = choices.program
    daemon.settings["broker"] |= {"concurrency": 50, "heartbeat": "5s"}
    daemon.settings["retry"] = {"tiers": list(TIERS), "attempts": ATTEMPTS}
    daemon.settings["twilio"]["timeout"] = f"{TIMEOUT:g}s"
    daemon.settings["ledger"] = {
        "url": ledger,
        "fence": f"{FENCE:g}s",
        "late_accept": f"{LATE_ACCEPT:g}s",
        "listing_lag": f"{LISTING_LAG:g}s",
        "skew": f"{SKEW:g}s",
        "quarantine": f"{choices.quarantine:g}s",
        "on_unknown": choices.on_unknown,
    }
    return daemon


def settle(running: Stage, within: float, before_the_end: Callable[[], None]) -> Counter[str]:
    """Wait until nothing is on its way, and end the daemons; return what should not be.

    It is given so many seconds; `before_the_end` is called while they still run.
    """

    def settled() -> bool:
        for replica in running.replicas:
            replica.check()
        try:
            if running.waiting() or running.ledger.outbox():
                return False
            # What was asked last may be taken, or be brought again, a little later.
            time.sleep(LATE_ACCEPT + LISTING_LAG)
            return not running.waiting()
        except RuntimeError:
            return False  # The broker takes connections before it knows its queues again.

    unexpected: Counter[str] = Counter()
    try:
        eventually(settled, within=within, what="all is settled", every=0.5)
    except AssertionError:
        unexpected[f"deliveries that are not settled after {within:g} s"] = running.waiting()
        unexpected[f"facts that are not told after {within:g} s"] = running.ledger.outbox()
    before_the_end()
    for replica in running.replicas:
        if code := replica.daemon.stop():
            replica.fallen.append(f"{replica.name} ended with {code} at SIGTERM")
        unexpected.update(replica.fallen)
        unexpected.update(replica.errors())
    unexpected["parked copies"] = running.parked()
    return +unexpected
