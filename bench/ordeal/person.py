"""The person on call: decides on what is held, by looking at Twilio and with the command."""

from __future__ import annotations

import threading
from collections import Counter

from ordeal.ledger import HeldRow
from ordeal.stage import Stage

_LOOKS_EVERY = 0.5


class Person(threading.Thread):
    """Decides until it is stopped; whatever is held, it is who ends that."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(name="person", daemon=True)
        self._stage = stage
        self._stopped = threading.Event()
        self._seen: set[tuple[str, int]] = set()
        self.decided: Counter[tuple[str, str]] = Counter()
        """How often each SMS was held, by flow and reference."""
        self.problems: Counter[str] = Counter()

    def stop(self) -> None:
        """Decide on nothing more."""
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """Look at the ledger again and again."""
        while not self._stopped.wait(_LOOKS_EVERY):
            for row in self._stage.ledger.held():
                self._decide(row)

    def _decide(self, row: HeldRow) -> None:
        """Write it down once, and say it until the command succeeds: the ledger may be locked."""
        if (row.key, row.claim_number) not in self._seen:
            self._seen.add((row.key, row.claim_number))
            self.decided[row.flow, row.reference] += 1
        texts = self._stage.sandbox.texts(to=row.to)
        sids = [each["sid"] for each in texts if each["body"] == row.text]
        if len(sids) > 1:
            self.problems["texts that are held and went out twice"] += 1
        word = ("--sent", sids[0]) if sids else ("--free",)
        daemon = self._stage.replicas[0].daemon
        daemon.command("ledger", "resolve", row.key, *word, check=False)
