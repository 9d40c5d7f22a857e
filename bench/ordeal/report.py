"""The figures of one run, in the manner of Jepsen, and what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ordeal.faults import Ordeal
from ordeal.ledger import Tally
from ordeal.publisher import Publisher
from ordeal.stage import Stage
from ordeal.verdict import Verdict
from support.http import request


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them; faults by their kinds."""

    events: int
    attempted: int
    """Publishes, those included that had to be repeated."""
    acknowledged: int
    """Events that the broker confirmed to the publisher."""
    verdict: Verdict
    tally: Tally
    sent_of_paused: int
    """Texts that were sent though they were claimed while a pause held that covers them."""
    listings: Mapping[str, int]
    """Look-ups' requests by how they ended: `answered`, `refused`, `lost`."""
    happened: Mapping[str, int]
    caught: Mapping[str, int]
    in_flight: Mapping[str, int]
    share: float
    """Of the faults found rows `sending`."""
    seconds: float

    def broken(self, least_share: float) -> list[str]:
        """Say what is wrong with the run, a sentence each; nothing where all promises held."""
        sentences = self.verdict.broken()
        if self.acknowledged < self.events:
            sentences.append(f"Only {self.acknowledged} of {self.events} events were published.")
        if self.sent_of_paused:
            sentences.append(f"{self.sent_of_paused} texts were sent that were claimed in a pause.")
        if self.tally.unended:
            sentences.append(f"{self.tally.unended} rows of the ledger have not ended.")
        if self.happened and self.share < least_share:
            sentences.append(
                f"Only {self.share:.0%} of the faults found rows `sending`: that proves little."
            )
        return sentences

    def json(self, least_share: float) -> str:
        """Return all of it, and what is broken."""
        return json.dumps(asdict(self) | {"broken": self.broken(least_share)}, indent=2)

    def tables(self) -> tuple[Table, Table]:
        """Return what became of the SMSes, and what the faults met."""
        verdict = self.verdict
        outcome = Table("", "", box=SIMPLE_HEAD, show_header=False)
        outcome.columns[1].justify = "right"
        for name, figure in (
            ("attempted (publishes)", self.attempted),
            ("acknowledged (events)", self.acknowledged),
            ("wanted (texts)", verdict.wanted),
            ("refused by Twilio", verdict.refused),
            ("sent", verdict.sent),
            ("lost", verdict.lost),
            ("duplicated", verdict.duplicated),
            ("told (SMSes)", verdict.told),
            ("untold", verdict.untold),
            ("held, until a person decided", verdict.held),
            ("held, and nobody was told", verdict.held_untold),
            ("told twice with two ids", verdict.two_ids),
            ("told two outcomes", verdict.two_outcomes),
            ("repeated (same id again)", verdict.repeated),
            ("claimed in a pause, and sent", self.sent_of_paused),
            ("versions that were texted", verdict.versions),
            ("recovered by look-up", self.tally.found),
            ("looked up in vain", self.tally.in_vain),
            ("listings that failed", self.listings["refused"] + self.listings["lost"]),
            ("unexpected", sum(verdict.unexpected.values())),
            ("seconds", round(self.seconds)),
        ):
            outcome.add_row(name, f"{figure}")
        faults = Table("fault", "happened", "found rows sending", "in flight", box=SIMPLE_HEAD)
        for column in faults.columns[1:]:
            column.justify = "right"
        for kind, times in self.happened.items():
            faults.add_row(kind, f"{times}", f"{self.caught[kind]}", f"{self.in_flight[kind]}")
        faults.add_row("all", f"{sum(self.happened.values())}", f"{self.share:.0%}", "")
        return outcome, faults


def figures(
    ordeal: Ordeal, publisher: Publisher, stage: Stage, verdict: Verdict, seconds: float
) -> Figures:
    """Collect them, once all has come to rest."""
    stats = json.loads(request(stage.sandbox.url + "/sandbox/stats").text)
    listed = stats["requests"].get("list", {})
    return Figures(
        events=publisher.total,
        attempted=publisher.attempted,
        acknowledged=publisher.acknowledged,
        verdict=verdict,
        tally=stage.ledger.tally(),
        sent_of_paused=sum(stage.ledger.sent_of(span) for span in ordeal.paused),
        listings={how: listed.get(how, 0) for how in ("answered", "refused", "lost")},
        happened={kind.value: ordeal.happened[kind] for kind in ordeal.happened},
        caught={kind.value: ordeal.caught[kind] for kind in ordeal.happened},
        in_flight={kind.value: ordeal.in_flight[kind] for kind in ordeal.happened},
        share=ordeal.share(),
        seconds=seconds,
    )
