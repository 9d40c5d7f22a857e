"""What waits for a commit: each piece with the future of who waits, and its answer once written.

The ledger's thread writes `answer`; the loop reads it after the commit and resolves `future`.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from smsherald.ledger.decide import Known
from smsherald.model import Claim, Mine, Outcome, ParkedEntry, Sms, Told


@dataclass(slots=True, eq=False)
class ToClaim:
    """A claim; an `answer` of None after a commit means that it must be decided again."""

    sms: Sms
    future: Future[Claim]
    answer: Claim | None = None
    written: Mine | None = None
    """What the last try wrote: still ours if that commit took place and nobody said so."""


@dataclass(slots=True, eq=False)
class ToRecord:
    """An answer to a claim of ours."""

    claim: Mine
    said: Known
    quarantined_until: float
    """Monotonic clock."""
    future: Future[Outcome]
    answer: Outcome | None = None
    sent_twice: bool = False


@dataclass(slots=True, eq=False)
class ToTell:
    """Notifications that are confirmed."""

    told: Collection[Told]
    future: Future[None]


@dataclass(slots=True, eq=False)
class ToPark:
    """What is parked of a queue's events."""

    queue: str
    entries: Collection[ParkedEntry]
    future: Future[None]


Work: TypeAlias = ToClaim | ToRecord | ToTell | ToPark


@dataclass(slots=True, eq=False)
class Batch:
    """What one transaction writes. No key and no fingerprint stands in its claims twice."""

    claims: list[ToClaim] = field(default_factory=list)
    records: list[ToRecord] = field(default_factory=list)
    tolds: list[ToTell] = field(default_factory=list)
    parks: list[ToPark] = field(default_factory=list)

    @classmethod
    def of(cls, work: Work) -> Batch:
        """Return a batch of one."""
        match work:
            case ToClaim():
                return cls(claims=[work])
            case ToRecord():
                return cls(records=[work])
            case ToTell():
                return cls(tolds=[work])
            case ToPark():
                return cls(parks=[work])

    def __len__(self) -> int:
        return len(self.claims) + len(self.records) + len(self.tolds) + len(self.parks)

    def __iter__(self) -> Iterator[Work]:
        yield from self.records
        yield from self.tolds
        yield from self.parks
        yield from self.claims

    def prepare(self) -> None:
        """Drop claims that nobody waits for, and bring the rest into one order everywhere.

        Replicas that lock rows in the same order never wait for each other crosswise.
        """
        self.claims = [each for each in self.claims if not each.future.done()]
        self.claims.sort(key=lambda each: (each.sms.fingerprint, each.sms.key))
        self.records.sort(key=lambda each: (each.claim.sms.fingerprint, each.claim.sms.key))
