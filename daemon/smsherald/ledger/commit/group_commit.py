"""Many callers, one commit: whatever waits is written together.

Idle, a commit starts at once. Under load commits start some milliseconds apart, so that they
carry more, and so that another process on the same SQLite file gets its turn: without the gap one
of its commits waited for seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from smsherald.errors import LedgerError, Reason
from smsherald.ledger.commit.batch import Batch, ToClaim, ToPark, ToRecord, ToTell
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.commit.worker import Worker
from smsherald.ledger.decide import Known
from smsherald.ledger.observer import Observer
from smsherald.model import Claim, Fresh, Mine, NotTaken, Outcome, ParkedEntry, Sms, Told

T = TypeVar("T")

GAP = 0.005
"""Seconds between the starts of two commits under load, four times that when it is high.

A commit has its price, whatever it carries; with so many in flight it is worth more to carry more.
"""
TICK = 1.0
"""Seconds between two signs of life, and between two looks at a database that nobody uses."""
HIGH = 100
"""So many SMSes in flight are a high load."""


class GroupCommit:
    """Gathers work and commits it; `in_flight` says how many SMSes this process has in flight."""

    def __init__(
        self,
        transactions: Transactions,
        worker: Worker,
        observer: Observer,
        in_flight: Callable[[], int],
    ) -> None:
        self._transactions = transactions
        self._worker = worker
        self._observer = observer
        self._in_flight = in_flight
        self._waiting = Batch()
        self._wake = asyncio.Event()
        self._closing = False
        self._last_start = 0.0
        self._at_database = False
        self._due = False
        """A second is over: time for a sign of life, and for a look at the database."""
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(TICK, self._tick)
        self._task = self._loop.create_task(self._run(), name="ledger: group commit")

    def claim(self, sms: Sms) -> asyncio.Future[Claim]:
        """Claim with the next commit."""
        future: asyncio.Future[Claim] = self._loop.create_future()
        self._add(self._waiting.claims, ToClaim(sms, future))
        return future

    def record(self, claim: Mine, said: Known, until: float) -> asyncio.Future[Outcome]:
        """Record with the next commit; `until` is the end of the quarantine, monotonic."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._add(self._waiting.records, ToRecord(claim, said, until, future))
        return future

    def tell(self, told: Collection[Told]) -> asyncio.Future[None]:
        """Remember with the next commit that these are told."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._add(self._waiting.tolds, ToTell(told, future))
        return future

    def park(self, queue: str, entries: Collection[ParkedEntry]) -> asyncio.Future[None]:
        """List with the next commit what is parked."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._add(self._waiting.parks, ToPark(queue, entries, future))
        return future

    async def close(self) -> None:
        """Commit what waits, then stop; if the database is away, who waits is cancelled.

        Nobody sends any more: claims are not begun, and what is claimed in that moment is freed.
        """
        self._closing = True
        for claim in self._waiting.claims:
            claim.future.cancel()
        self._wake.set()
        await asyncio.wait([self._task])
        self._timer.cancel()
        for each in self._waiting:
            each.future.cancel()

    def _add(self, waiting: list[T], work: T) -> None:
        waiting.append(work)
        self._wake.set()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK, self._tick)
        if self._at_database:
            # It may be away for hours: no reason to end the process.
            self._observer.beat()
        else:
            self._due = True
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            due, self._due = self._due, False
            if due:
                self._observer.beat()
            if self._waiting:
                await self._keep_apart()
                batch, self._waiting = self._waiting, Batch()
                await self._write(batch)
            elif self._closing:
                return
            elif due:
                await self._keep_apart()
                await self._look()
            else:
                await self._wake.wait()

    async def _write(self, batch: Batch) -> None:
        """Commit, and answer everybody: whatever happens here, nobody waits for ever."""
        try:
            batch.prepare()
            await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - A defect is theirs who wait, not all others'.
            for each in batch:
                if not each.future.done():
                    each.future.set_exception(error)

    async def _look(self) -> None:
        """See whether the database is there, while nobody asks anything of it."""
        try:
            await self._at(self._transactions.look, is_aside=True)
        except LedgerError:
            pass  # It closes.
        except Exception as error:  # noqa: BLE001 - A defect of a look is no reason to stop.
            self._loop.call_exception_handler(
                {"message": "a look at the ledger failed", "exception": error}
            )

    async def _at(
        self, work: Callable[[], T], *, is_aside: bool = False, to_the_last: bool = False
    ) -> T:
        self._at_database = True
        try:
            return await self._worker.run(work, is_aside=is_aside, to_the_last=to_the_last)
        finally:
            self._at_database = False

    async def _keep_apart(self) -> None:
        load = self._in_flight()
        if load > 1:
            gap = 4 * GAP if load > HIGH else GAP
            await asyncio.sleep(self._last_start + gap - self._loop.time())
        self._last_start = self._loop.time()

    async def _commit(self, batch: Batch, tries: int = 3) -> None:
        """Write a batch and tell everybody in it."""
        try:
            seconds = await self._at(
                partial(self._transactions.commit, batch), to_the_last=bool(batch.records)
            )
        except LedgerError:
            for each in batch:
                each.future.cancel()
        except Exception as error:  # noqa: BLE001 - Whoever it is about gets it.
            await self._find_culprit(batch, error, tries - 1)
        else:
            self._observer.committed(seconds, len(batch))
            self._settle(batch)

    async def _find_culprit(self, batch: Batch, error: Exception, tries: int) -> None:
        """Write piece by piece: what is wrong with one must not stop the others.

        A constraint can be broken by what another process wrote at the same time; then the next
        try meets its row, and decides otherwise.
        """
        if len(batch) > 1 or (isinstance(error, IntegrityError) and tries):
            for each in batch:
                await self._commit(Batch.of(each), tries)
            return
        for each in batch:
            if not each.future.done():
                each.future.set_exception(error)

    def _settle(self, batch: Batch) -> None:
        for record in batch.records:
            if record.sent_twice:
                self._observer.sent_twice()
            _resolve(record.future, record.answer)
        for told in batch.tolds:
            _resolve(told.future, None)
        for park in batch.parks:
            _resolve(park.future, None)
        for claim in batch.claims:
            if self._closing:
                self._free(claim)
            elif claim.answer is None:
                self._add(self._waiting.claims, claim)
            else:
                _resolve(claim.future, claim.answer)

    def _free(self, claim: ToClaim) -> None:
        """Give back what was claimed when it was too late to send it."""
        claim.future.cancel()
        if isinstance(claim.answer, Fresh) and claim.answer.resend is None:
            self.record(claim.answer, NotTaken(Reason.NOT_TAKEN), until=0.0)


def _resolve(future: asyncio.Future[Any], answer: object) -> None:
    """Answer, unless who waited has gone."""
    if not future.done():
        future.set_result(answer)
