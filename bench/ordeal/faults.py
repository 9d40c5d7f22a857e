"""What happens to the processes, one fault after the other, each when it hurts."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import assert_never

from ordeal.events import TEXT_FLOW
from ordeal.ledger import Caught, Span
from ordeal.stage import MARGIN, TIMEOUT, Replica, Stage

AIMS_WITHIN = 4.0
"""Seconds that a fault waits for a row `sending` to meet."""
LOCKED = (1.0, 4.0)
"""Seconds, from and to: some longer than the ledger is patient (2 s)."""
STOPPED = (0.3, MARGIN)
PAUSED = (0.5, 3.0)
"""Seconds, from and to, from the moment on in which the command has ended."""
PAUSES = (("all", ""), ("flow", TEXT_FLOW), ("account", "default"))
"""Scope and name: what is paused, one after the other."""
BROKEN_EVERY = 10
"""So many reloads, of which the last finds a broken file."""
_STEP = 0.05


class Kind(StrEnum):
    """What can happen."""

    KILL = "kill -9"
    STOP = "stop"
    BROKER_RESTART = "broker restart"
    CONNECTIONS_CLOSED = "connections closed"
    LEDGER_LOCKED = "ledger locked"
    PAUSE = "pause"
    RELOAD = "reload"


@dataclass
class Ordeal:
    """Goes through all faults in the order of chance; `gap` is the mean time between, seconds."""

    stage: Stage
    faults: Mapping[Kind, int]
    gap: float
    chance: Random
    on_step: Callable[[], None] = lambda: None
    happened: Counter[Kind] = field(default_factory=Counter)
    caught: Counter[Kind] = field(default_factory=Counter)
    """Faults that found rows `sending`."""
    in_flight: Counter[Kind] = field(default_factory=Counter)
    """Faults that found rows claimed within the last `TIMEOUT`."""
    paused: list[Span] = field(default_factory=list)
    """While something was paused."""
    refused: set[int] = field(default_factory=set)
    """Versions of the flows that no daemon could read."""

    def __post_init__(self) -> None:
        self._order = [kind for kind, times in self.faults.items() for _ in range(times)]
        self.chance.shuffle(self._order)
        self._versions: Counter[str] = Counter()
        """Of the flows that each daemon has."""
        self._begun = 0
        self._past = 0.0

    @property
    def elapsed(self) -> float:
        """Return how much of it has passed, 0 to 1: events are published as it goes on."""
        return min(1.0, self._past / max(1, len(self._order)))

    def run(self) -> None:
        """Let it all happen."""
        for number, kind in enumerate(self._order):
            self._begun = number
            self._go_on(self.gap * self.chance.uniform(0.5, 1.5), number + 0.5)
            self._happen(kind)
            self._past = number + 1

    def share(self) -> float:
        """Return the share of the faults that found rows `sending`."""
        return self.caught.total() / max(1, self.happened.total())

    def _go_on(self, seconds: float, past: float) -> None:
        """Let events come for so long, until so much is past."""
        begun, before = time.monotonic(), self._past
        while (passed := time.monotonic() - begun) < seconds:
            self._past = before + (past - before) * passed / seconds
            self.on_step()
            time.sleep(_STEP)

    def _happen(self, kind: Kind) -> None:
        for replica in self.stage.replicas:
            replica.check()
        victim = self.chance.choice(self.stage.replicas)
        match kind:
            case Kind.KILL:
                self._aim(victim)
                victim.kill()
                self._note(kind, victim)
                victim.start()
            case Kind.STOP:
                self._aim(victim)
                self._stop(victim)
            case Kind.BROKER_RESTART:
                self._aim(None)
                self._note(kind, None)
                self._restart_broker()
            case Kind.CONNECTIONS_CLOSED:
                self._aim(None)
                self._note(kind, None)
                self.stage.rabbit.close_all_connections("an ordeal")
            case Kind.LEDGER_LOCKED:
                self._aim(None)
                with self.stage.ledger.locked():
                    self._note(kind, None)
                    time.sleep(self.chance.uniform(*LOCKED))
            case Kind.PAUSE:
                self._aim(None)
                self._note(kind, None)
                self._pause(victim)
            case Kind.RELOAD:
                self._aim(victim)
                self._note(kind, victim)
                self._reload(victim)
            case _:
                assert_never(kind)

    def _stop(self, victim: Replica) -> None:
        process = victim.daemon.running
        os.kill(process.pid, signal.SIGSTOP)
        try:
            self._note(Kind.STOP, victim)
            time.sleep(self.chance.uniform(*STOPPED))
        finally:
            os.kill(process.pid, signal.SIGCONT)

    def _pause(self, victim: Replica) -> None:
        """Pause something for a while; every other time a daemon is killed as soon as it is."""
        number = self.happened[Kind.PAUSE]
        scope, name = PAUSES[number % len(PAUSES)]
        what = (f"--{scope}", name) if name else (f"--{scope}",)
        seconds = self.chance.uniform(*PAUSED)
        # Either it ends by itself, or somebody resumes it.
        end = (f"--for={round(1000 * seconds)}ms",) if self.chance.getrandbits(1) else ()
        self._command("pause", *what, *end)
        held = self.stage.ledger.paused(scope, name)
        if number % 2:
            victim.kill()
            victim.start()
        self._go_on(seconds, self._begun + 1)
        if held is None:
            # It had ended by itself before anybody could look.
            return
        since, until = held
        if until is None:
            until = time.time()
            self._command("resume", *what)
        self.paused.append(Span(name if scope == "flow" else "%", since, until))

    def _command(self, *arguments: str) -> None:
        self.stage.replicas[0].daemon.command(*arguments)

    def _reload(self, victim: Replica) -> None:
        """Have a daemon read flows of the next version; of a broken file, it keeps what it has."""
        version = self.happened[Kind.RELOAD]
        broken = victim.daemon.flows / "broken.yaml"
        if version % BROKEN_EVERY:
            self._versions[victim.name] = version
            victim.write(version)
            victim.reload("reloaded")
            return
        self.refused.add(version)
        victim.write(version)
        broken.write_text("to: [")
        victim.reload("reload_refused")
        broken.unlink()
        victim.write(self._versions[victim.name])

    def _restart_broker(self) -> None:
        rabbit = self.stage.rabbit
        if self.happened[Kind.BROKER_RESTART] % 2:
            rabbit.stop_app()
            rabbit.start_app()
        else:
            rabbit.stop()
            rabbit.start()

    def _aim(self, victim: Replica | None) -> None:
        """Wait a little until something is in flight; where nothing comes, strike all the same."""
        begun = time.monotonic()
        while not self._look(victim).in_flight:
            if (passed := time.monotonic() - begun) > AIMS_WITHIN:
                return
            # Events must go on coming, or there would never be anything.
            self._past = self._begun + 0.5 + passed / AIMS_WITHIN / 2
            time.sleep(_STEP)

    def _look(self, victim: Replica | None) -> Caught:
        ledger = self.stage.ledger
        if victim is None:
            return ledger.caught("%", 0.0, TIMEOUT)
        return ledger.caught(victim.name, victim.started, TIMEOUT)

    def _note(self, kind: Kind, victim: Replica | None) -> None:
        """Count the fault, with what it found: while it lasts, or the moment before."""
        found = self._look(victim)
        self.happened[kind] += 1
        self.caught[kind] += found.sending > 0
        self.in_flight[kind] += found.in_flight > 0
