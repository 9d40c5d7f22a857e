"""One batch in one transaction. Everything here runs on the ledger's thread.

What to write is decided in `decide`; how it is written stands in `statements`. Nobody else writes
between what a transaction reads and what it writes: the database sees to that.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, assert_never

from sqlalchemy import select

from smsherald.ledger import outbox
from smsherald.ledger.commit.batch import Batch, ToClaim, ToPark, ToRecord, ToTell
from smsherald.ledger.decide import (
    Found,
    Insert,
    KeepSecond,
    OnClaim,
    Overwrite,
    Reclaim,
    Reply,
    Rules,
    TakeOver,
    change,
    is_written,
    on_claim,
    on_late,
    outcome,
)
from smsherald.ledger.parked import listed
from smsherald.ledger.phones import digest, tail
from smsherald.ledger.sql.database import Database, another
from smsherald.ledger.sql.parameters import By, Rows, Statement, Written
from smsherald.ledger.sql.rows import found_row
from smsherald.ledger.sql.schema import LEDGER_ID, meta
from smsherald.ledger.sql.statements import BRAKES
from smsherald.model import (
    Absent,
    Accepted,
    Claim,
    Fresh,
    Holder,
    Mine,
    OnUnknown,
    Row,
    Sent,
    Sms,
    State,
    TakenOver,
)
from smsherald.ports import Clock

_INSERT = Insert()


class Transactions:
    """Makes them, on one database."""

    def __init__(self, database: Database, rules: Rules, clock: Clock) -> None:
        self._database = database
        self._connection = database.connection
        self._statements = database.statements
        self._phone_key = database.phone_key
        # In a statement of its own, after the one that took the writers' lock: what it sees is
        # what every pause before this transaction has left, and none comes until it has ended.
        self._read_now = f"SELECT {database.now}, {BRAKES}"
        self._rules = rules
        self._clock = clock
        self._now = 0.0
        """When the transaction began, by the database's clock."""
        self._brake = 0
        """The brake's counter, as it stands until the transaction has ended."""
        self._by = By(rules.owner, 0.0, rules.quarantine)

    def commit(self, batch: Batch) -> float:
        """Write a batch, fill in its answers, and return how long that took in seconds.

        Records come first, so that a claim of the same batch meets what they leave. Raises
        SQLAlchemy's errors, and ValueError for what no database keeps; nothing is written then,
        or all of it: the batch can be repeated.
        """
        claimed = self._clock.monotonic()
        with self._connection.begin():
            self._now, self._brake = self._connection.exec_driver_sql(self._read_now).one()
            self._by = replace(self._by, now=self._now)
            if batch.records:
                self._record(batch.records)
            if batch.tolds:
                self._tell(batch.tolds)
            if batch.parks:
                self._park(batch.parks)
            if batch.claims:
                self._claim(batch.claims, claimed)
        # Else what nobody will ever find again would be taken for written, and be sent.
        self._database.check()
        return self._clock.monotonic() - claimed

    # --- claims ---

    def _claim(self, claims: Sequence[ToClaim], claimed: float) -> None:
        keys = [(each.sms.key, each.sms.fingerprint) for each in claims]
        met = {key: columns for key, *columns in self._run(self._statements.find, keys).rows}
        absent = self._claim_met(claims, met, claimed) if met else claims
        if absent:
            self._run(self._statements.insert, [self._asked(each.sms) for each in absent])
            for each in absent:
                _take(each, _INSERT.claim(each.sms, claimed, self._brake))

    def _claim_met(
        self, claims: Sequence[ToClaim], met: Mapping[str, Sequence[Any]], claimed: float
    ) -> Sequence[ToClaim]:
        """Decide on claims, some of which met a row; return those that are to be inserted."""
        absent: list[ToClaim] = []
        reclaims: list[tuple[ToClaim, Reclaim]] = []
        take_overs: list[tuple[ToClaim, TakeOver]] = []
        for each in claims:
            step = self._step(each, met.get(each.sms.key))
            match step:
                case Insert():
                    absent.append(each)
                case Reply():
                    each.answer = step.claim
                case Reclaim():
                    reclaims.append((each, step))
                case TakeOver():
                    take_overs.append((each, step))
                case _:
                    assert_never(step)
        if reclaims:
            anew = [
                (*self._asked(each.sms), reclaim.found, reclaim.state.value)
                for each, reclaim in reclaims
            ]
            won = self._keys(self._statements.reclaim, anew)
            for each, reclaim in reclaims:
                claim = reclaim.claim(each.sms, claimed, self._brake)
                _take(each, claim if each.sms.key in won else None)
        if take_overs:
            aged = [
                (each.sms.key, taking.row.claim_number, taking.on_unknown.value)
                for each, taking in take_overs
            ]
            won = self._keys(self._statements.take_over, aged)
            held = [taking.row for _, taking in take_overs if taking.on_unknown is OnUnknown.HOLD]
            self._post([row for row in held if row.key in won])
            for each, taking in take_overs:
                claim = taking.claim(each.sms, claimed, self._brake)
                _take(each, claim if each.sms.key in won else None)
        return absent

    def _step(self, claim: ToClaim, met: Sequence[Any] | None) -> OnClaim:
        if met is None:
            return _INSERT
        held, held_at, quarantine, *columns = met
        holder = None if held is None else Holder(State(held), held_at, quarantine)
        found = Found(found_row(columns), holder, self._now, self._brake)
        return on_claim(claim.sms, found, self._rules, claim.written)

    def _run(self, statement: Statement, rows: Rows) -> Written:
        return statement(self._connection, rows, self._by)

    def _keys(self, statement: Statement, rows: Rows) -> frozenset[str]:
        return frozenset(key for (key,) in self._run(statement, rows).rows)

    def _asked(self, sms: Sms) -> tuple[str | int | None, ...]:
        """Return the columns `statements.ASKED`; raise ValueError on NUL: PostgreSQL refuses it."""
        event, asked = sms.event, sms.asked
        row = (
            sms.key,
            event.id,
            event.digest,
            event.routing_key,
            event.attempt,
            sms.flow,
            sms.reference,
            sms.fingerprint,
            asked.account,
            asked.account_sid,
            asked.sender,
            asked.to,
            asked.text,
            digest(self._phone_key, asked.to),
            tail(asked.to),
        )
        if "\0" in "".join(map(str, row)):
            message = "a NUL character cannot be kept in the ledger"
            raise ValueError(message)
        return row

    # --- answers ---

    def _record(self, records: Sequence[ToRecord]) -> None:
        if absent := [each for each in records if isinstance(each.said, Absent)]:
            self._record_absent(absent)
            records = [each for each in records if not isinstance(each.said, Absent)]
        rows = []
        for each in records:
            new, claim = change(each.said), each.claim
            result = None if new.result is None else json.dumps(new.result)
            rows.append((claim.sms.key, claim.claim_number, new.state.value, new.sid, result))
        if self._run(self._statements.record, rows).count == len(rows):
            for each in records:
                each.answer = outcome(each.claim, each.said, self._now)
        else:
            for each in records:
                self._record_late(each)

    def _record_absent(self, records: Sequence[ToRecord]) -> None:
        rows = [(each.claim.sms.key, each.claim.claim_number) for each in records]
        # By claim, not only by key: a late answer to an earlier claim may stand beside it.
        written = {
            (key, number): in_vain
            for key, number, in_vain in self._run(self._statements.record_absent, rows).rows
        }
        for each, claim in zip(records, rows, strict=True):
            if claim in written:
                each.answer = outcome(each.claim, each.said, self._now, written[claim])
            else:
                self._record_late(each)

    def _record_late(self, record: ToRecord) -> None:
        """Decide on an answer that may have come after another process has taken over, or worse."""
        claim, said = record.claim, record.said
        sid = said.sid if isinstance(said, Accepted) else None
        late_rows = self._run(self._statements.find_late, [(claim.sms.key, sid)]).rows
        ((taken, *columns),) = late_rows
        row = found_row(columns)
        if row is not None and is_written(claim, said, row, self._rules):
            record.answer = outcome(claim, said, row.ended_at or self._now, row.in_vain)
            return
        late = on_late(
            claim,
            said,
            row,
            self._rules,
            sid_is_free=not taken,
            wait=record.quarantined_until - self._clock.monotonic(),
        )
        match late:
            case Overwrite():
                record.answer = self._overwrite(claim, late)
                if not late.sid_is_free:
                    record.sent_twice |= self._keep_second(claim, late.accepted)
            case KeepSecond():
                record.answer = late.kept
                record.sent_twice |= self._keep_second(claim, late.accepted)
            case _:
                record.answer = late

    def _overwrite(self, claim: Mine, late: Overwrite) -> Sent:
        accepted = late.accepted
        sid = accepted.sid if late.sid_is_free else None
        asked = self._asked(replace(claim.sms, asked=claim.asked))
        result = json.dumps({"status": accepted.status})
        self._run(self._statements.overwrite, [(*asked, claim.claim_number, sid, result)])
        return Sent(claim.asked, accepted.sid, accepted.status, self._now)

    def _keep_second(self, claim: Mine, accepted: Accepted) -> bool:
        """Return whether this SID is news: an answer that is recorded again counts once."""
        return bool(self._keys(self._statements.keep_second, [(claim.sms.key, accepted.sid)]))

    def _tell(self, tolds: Iterable[ToTell]) -> None:
        told = {one for each in tolds for one in each.told}
        self._run(self._statements.tell, sorted(told, key=itemgetter(0)))

    def _park(self, parks: Iterable[ToPark]) -> None:
        rows = {
            (each.queue, entry.id): listed(each.queue, entry)
            for each in parks
            for entry in each.entries
        }
        self._run(self._statements.park, [rows[key] for key in sorted(rows)])

    def _post(self, held: Sequence[Row]) -> None:
        """Put what is held by now into the outbox: a person is to hear of it."""
        if held:
            self._run(self._statements.post, [outbox.held(row) for row in held])

    def look(self) -> None:
        """See that this ledger can still be written; raises as `commit` does."""
        wanted = select(meta.c.value).where(meta.c.name == LEDGER_ID)
        with self._connection.begin():
            if self._connection.execute(wanted).scalar() != self._database.id:
                raise another(self._database.place)

    def known(self, sids: Collection[str]) -> frozenset[str]:
        """Return those that a row, or the table of second SIDs, has."""
        with self._connection.begin():
            return self._keys(self._statements.known, [(sid,) for sid in sids])


def _take(work: ToClaim, claim: Claim | None) -> None:
    work.answer = claim
    if isinstance(claim, Fresh | TakenOver):
        work.written = claim
