"""The ledger, as the pipeline asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from smsherald.errors import LedgerError
from smsherald.ledger import decide
from smsherald.ledger.backlog import Backlog
from smsherald.ledger.bindings import Bindings
from smsherald.ledger.commit.group_commit import GroupCommit
from smsherald.ledger.commit.in_flight import InFlight
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.commit.worker import Worker
from smsherald.ledger.history import History
from smsherald.ledger.observer import Observer
from smsherald.ledger.outbox import Outbox
from smsherald.ledger.pauses import Pauses
from smsherald.ledger.replicas import Replicas
from smsherald.ledger.retention import Retention
from smsherald.ledger.sql.database import Database
from smsherald.model import (
    Answer,
    Brake,
    Claim,
    Ended,
    Fact,
    Fresh,
    Mine,
    Outcome,
    ParkedEntry,
    Remembered,
    Replica,
    Sms,
    TakenOver,
    Told,
    Unfinished,
    Unknown,
    Unlisted,
)
from smsherald.ports import Clock


class SqlLedger:
    """A `ports.Ledger` on an SQL database. Made by `open_ledger`, on the loop."""

    def __init__(
        self,
        database: Database,
        worker: Worker,
        rules: decide.Rules,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._database = database
        self._worker = worker
        self._rules = rules
        self._clock = clock
        self._observer = observer
        self._in_flight = InFlight()
        self._transactions = Transactions(database, rules, clock)
        self._backlog = Backlog(database)
        self._retention = Retention(database)
        self._bindings = Bindings(database)
        self._pauses = Pauses(database)
        self._outbox = Outbox(database)
        self._history = History(database)
        self._replicas = Replicas(database)
        self._commits = GroupCommit(self._transactions, worker, observer, self._in_flight.count)

    @property
    def id(self) -> str:
        """See `ports.LedgerIdentity`."""
        return self._database.id

    @property
    def is_new(self) -> bool:
        """See `ports.LedgerIdentity`."""
        return self._database.is_new

    async def claim(self, sms: Sms) -> Claim:
        """See `ports.Ledger`."""
        holding = await self._in_flight.enter(sms)
        try:
            claim = await self._commits.claim(sms)
        except BaseException:
            self._in_flight.leave(holding)
            raise
        if isinstance(claim, Fresh | TakenOver):
            holding.claim = claim
            holding.quarantined_until = self._clock.monotonic() + self._rules.quarantine
        else:
            self._in_flight.leave(holding)
        return claim

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        """See `ports.Ledger`."""
        holding = self._in_flight.holding(claim)
        if holding is None:
            until = self._clock.monotonic() + self._rules.quarantine
        else:
            until = holding.quarantined_until
        try:
            if isinstance(answer, Unknown | Unlisted):
                return decide.unknown(until - self._clock.monotonic(), answer.failure)
            return await self._commits.record(claim, answer, until)
        finally:
            if holding is not None:
                self._in_flight.leave(holding)

    async def told(self, told: Collection[Told]) -> None:
        """See `ports.Memory`."""
        if told:
            await self._commits.tell(told)

    async def known(self, sids: Collection[str]) -> frozenset[str]:
        """See the gateway's `Known`."""
        if not sids:
            return frozenset()
        return await self._worker.run(partial(self._transactions.known, sids))

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        """See the broker's `BindingMemory`."""
        await self._worker.run(partial(self._bindings.want, queue, exchange, keys))

    async def wanted_keys(self, queue: str) -> Mapping[tuple[str, str], float]:
        """See the broker's `BindingMemory`."""
        return await self._worker.run(partial(self._bindings.wanted, queue))

    async def recent_keys(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:
        """See `settle.elsewhere.Wanted`."""
        keys = await self._worker.run(partial(self._bindings.recent, queue, seconds))
        return keys if self._worker.steady >= seconds else frozenset(await self.wanted_keys(queue))

    async def forget_key(self, queue: str, key: tuple[str, str], wanted_at: float) -> bool:
        """See the broker's `BindingMemory`."""
        return await self._worker.run(partial(self._bindings.forget, queue, key, wanted_at))

    async def brake(self) -> Brake:
        """Return what operators have paused, as of one moment."""
        return await self._worker.run(self._pauses.brake)

    async def park(self, queue: str, entries: Collection[ParkedEntry]) -> None:
        """List what is parked of a queue's events; written when this returns."""
        await self._commits.park(queue, entries)

    async def facts(self, most: int) -> list[Fact]:
        """See `ports.Outbox`."""
        return await self._worker.run(partial(self._outbox.waiting, self._rules.owner, most))

    async def forget_facts(self, ids: Collection[str]) -> None:
        """See `ports.Outbox`."""
        await self._worker.run(partial(self._outbox.forget, ids))

    async def replicas(self, instance: str, version: str) -> list[Replica]:
        """Write down that this daemon is there; return all that were seen of late."""

        def work() -> tuple[bool, list[Replica]]:
            return self._replicas.here(instance, version), self._replicas.lately()

        is_shared, seen = await self._worker.run(work)
        self._observer.name_shared(instance, is_shared=is_shared)
        return seen

    async def unfinished(self, queue: str) -> Unfinished:
        """Count what waits for a person, or to be told."""
        return await self._worker.run(partial(self._backlog.unfinished, queue))

    async def about(self, wanted: str, events: Collection[str]) -> Remembered:
        """Return what is known of a reference, event id, SID or key; see `History.about`."""
        return await self._worker.run(partial(self._history.about, wanted, events))

    async def about_phone(self, number: str) -> Remembered:
        """Return what is known of the SMSes to a number (E.164)."""
        return await self._worker.run(partial(self._history.about_phone, number))

    async def stuck(self, most: int) -> list[Sms]:
        """See `ports.Backlog`."""
        return await self._worker.run(partial(self._backlog.stuck, most))

    async def untold(self, most: int) -> list[tuple[Sms, Ended]]:
        """See `ports.Backlog`."""
        return await self._worker.run(partial(self._backlog.untold, most))

    async def unresolved(self, most: int) -> tuple[int, list[str]]:
        """Count the rows `sending` for longer than twice the quarantine; name the oldest."""
        return await self._worker.run(partial(self._backlog.unresolved, most))

    async def prune(self, retention: float, most: int) -> int:
        """Delete up to `most` rows that have outlived `retention` (seconds); return how many."""
        return await self._worker.run(partial(self._retention.prune, retention, most))

    async def close(self) -> None:
        """Write what waits, and that this daemon is gone, then close the file.

        One that has vanished is first brought back. If the database is away it is tried once more;
        then who waits is cancelled. One that is silent is not waited for.
        """
        self._worker.hurry()
        await self._commits.close()
        problem = self._worker.problem
        try:
            await self._worker.run(self._database.check)
            if problem is None:
                # It is forgotten anyway, and one that is away would be waited for.
                await self._worker.run(self._replicas.gone, is_aside=True)
        except LedgerError as error:
            problem = str(error)
        if problem is not None:
            self._observer.left(problem)
        try:
            await self._worker.run(self._database.close)
        except LedgerError:
            if not self._worker.is_left:
                raise
