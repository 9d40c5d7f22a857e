"""One batch in one transaction. Everything here runs on the ledger's thread.

What to write is decided in `decide`; how it is written stands in `statements`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, assert_never

from sqlalchemy import CursorResult, delete, insert, select

from smsherald.ledger.batch import Batch, ToClaim, ToRecord, ToTell
from smsherald.ledger.database import Database
from smsherald.ledger.decide import (
    Found,
    Insert,
    KeepSecond,
    Overwrite,
    Reclaim,
    Rules,
    Say,
    TakeOver,
    change,
    on_claim,
    on_late,
    outcome,
)
from smsherald.ledger.phones import digest, tail
from smsherald.ledger.rows import Holder, Row, State
from smsherald.ledger.schema import bound_key
from smsherald.model import Accepted, Asked, Claim, Fresh, Mine, Sent, Sms, TakenOver
from smsherald.ports import Clock

Rows: TypeAlias = Sequence[Sequence[Any]]

_INSERT = Insert()
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Sql:
    """The ledger's work on one database."""

    def __init__(self, database: Database, rules: Rules, clock: Clock) -> None:
        self._connection = database.connection
        self._statements = database.statements
        self._phone_key = database.phone_key
        self._rules = rules
        self._clock = clock

    def commit(self, batch: Batch) -> float:
        """Write a batch, fill in its answers, and return how long that took in seconds.

        Records come first, so that a claim of the same batch meets what they leave. Raises
        SQLAlchemy's errors; nothing is written then, or all of it: the batch can be repeated.
        """
        claimed = self._clock.monotonic()
        with self._connection.begin():
            if batch.records:
                self._record(batch.records)
            if batch.tolds:
                self._tell(batch.tolds)
            if batch.claims:
                self._claim(batch.claims, claimed)
        return self._clock.monotonic() - claimed

    # --- claims ---

    def _claim(self, claims: Sequence[ToClaim], claimed: float) -> None:
        absent = self._keys(self._statements.insert, [self._asked(each.sms) for each in claims])
        met = []
        for each in claims:
            if each.sms.key in absent:
                _take(each, _INSERT.claim(each.sms, claimed))
            else:
                met.append(each)
        if met:
            self._claim_met(met, claimed)

    def _claim_met(self, claims: Sequence[ToClaim], claimed: float) -> None:
        """Decide on claims that met a row, of their key or of their fingerprint."""
        keys = [[each.sms.key, each.sms.fingerprint] for each in claims]
        rows = {row[0]: row for row in self._read(self._statements.find, keys)}
        reclaims: list[tuple[ToClaim, Reclaim]] = []
        take_overs: list[tuple[ToClaim, TakeOver]] = []
        for each in claims:
            _, now, held, held_at, *columns = rows[each.sms.key]
            holder = None if held is None else Holder(State(held), held_at)
            met = Found(_row(columns), holder, now)
            step = on_claim(each.sms, met, self._rules, each.written)
            match step:
                case Say():
                    each.answer = step.said
                case Reclaim():
                    reclaims.append((each, step))
                case TakeOver():
                    take_overs.append((each, step))
                case Insert():
                    each.answer = None  # What it met has gone: the next batch decides.
                case _:
                    assert_never(step)
        if reclaims:
            free = [[*self._asked(each.sms), step.found] for each, step in reclaims]
            won = self._keys(self._statements.reclaim, free)
            for each, step in reclaims:
                _take(each, step.claim(each.sms, claimed) if each.sms.key in won else None)
        if take_overs:
            aged = [[each.sms.key, x.row.claim_number, x.on_unknown] for each, x in take_overs]
            won = self._keys(self._statements.take_over, aged)
            for each, taking in take_overs:
                _take(each, taking.claim(each.sms, claimed) if each.sms.key in won else None)

    def _execute(self, statement: str, rows: Rows) -> CursorResult[Any]:
        parameters = {"batch": document(rows), "owner": self._rules.owner}
        return self._connection.exec_driver_sql(statement, parameters)

    def _read(self, statement: str, rows: Rows) -> Sequence[Any]:
        return self._execute(statement, rows).all()

    def _keys(self, statement: str, rows: Rows) -> frozenset[str]:
        return frozenset(key for (key,) in self._read(statement, rows))

    def _asked(self, sms: Sms) -> list[str | int | None]:
        """Return the columns `statements.ASKED`."""
        event, asked = sms.event, sms.asked
        return [
            sms.key,
            event.id,
            event.digest,
            event.routing_key,
            event.attempt,
            sms.flow,
            sms.reference,
            sms.fingerprint,
            asked.account,
            asked.sender,
            asked.to,
            asked.text,
            digest(self._phone_key, asked.to),
            tail(asked.to),
        ]

    # --- answers ---

    def _record(self, records: Sequence[ToRecord]) -> None:
        rows = []
        for each in records:
            new = change(each.said)
            key, number = each.claim.sms.key, each.claim.claim_number
            rows.append([key, number, new.state, new.sid, new.result, new.in_vain])
        written = {
            (key, number): (at, in_vain)
            for key, number, at, in_vain in self._read(self._statements.record, rows)
        }
        for each in records:
            claim = each.claim
            row = written.get((claim.sms.key, claim.claim_number))
            if row is None:
                self._record_late(each)
            else:
                each.answer = outcome(claim, each.said, *row)

    def _record_late(self, record: ToRecord) -> None:
        """Decide on an answer that comes after another process has taken over, or worse."""
        claim, said = record.claim, record.said
        sid = said.sid if isinstance(said, Accepted) else None
        ((taken, *columns),) = self._read(self._statements.find_late, [[claim.sms.key, sid]])
        late = on_late(
            claim,
            said,
            _row(columns),
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
        sid = late.accepted.sid if late.sid_is_free else None
        asked = self._asked(replace(claim.sms, asked=claim.asked))
        rows = [[*asked, claim.claim_number, sid, {"status": late.accepted.status}]]
        ((at,),) = self._read(self._statements.overwrite, rows)
        return Sent(claim.asked, late.accepted.sid, late.accepted.status, at)

    def _keep_second(self, claim: Mine, accepted: Accepted) -> bool:
        """Return whether this SID is news: an answer that is recorded again counts once."""
        return bool(self._read(self._statements.keep_second, [[claim.sms.key, accepted.sid]]))

    def _tell(self, tolds: Iterable[ToTell]) -> None:
        keys = sorted({key for each in tolds for key in each.keys})
        self._execute(self._statements.tell, [[key] for key in keys])

    # --- the rest ---

    def known(self, sids: Collection[str]) -> frozenset[str]:
        """Return those that a row, or the table of second SIDs, has."""
        with self._connection.begin():
            return self._keys(self._statements.known, [[sid] for sid in sids])

    def bound_keys(self, queue: str) -> frozenset[str]:
        """Return the routing keys that are remembered for a queue."""
        wanted = select(bound_key.c.routing_key).where(bound_key.c.queue == queue)
        with self._connection.begin():
            return frozenset(self._connection.execute(wanted).scalars())

    def remember_bound_keys(self, queue: str, keys: Collection[str]) -> None:
        """Replace them."""
        rows = [{"queue": queue, "routing_key": key} for key in sorted(set(keys))]
        with self._connection.begin():
            self._connection.execute(delete(bound_key).where(bound_key.c.queue == queue))
            if rows:
                self._connection.execute(insert(bound_key), rows)


def document(rows: Rows) -> str:
    """Return a batch as JSON.

    Raises ValueError on NUL, which SQLite's JSON cuts a text at, and which PostgreSQL refuses: a
    text that is stored shorter than it was sent would never be found at Twilio.
    """
    made = _encode(rows)
    if "\\u0000" in made and any(
        isinstance(part, str) and "\0" in part for row in rows for part in row
    ):
        message = "a NUL character cannot be kept in the ledger"
        raise ValueError(message)
    return made


def _take(work: ToClaim, claim: Claim | None) -> None:
    work.answer = claim
    if isinstance(claim, Fresh | TakenOver):
        work.written = claim


def _row(columns: Sequence[Any]) -> Row | None:
    """Return the row of `statements._ROW`, None where the outer join found none."""
    key, event_digest, state, owner, number, since, claimed_at, *rest = columns
    if key is None:
        return None
    account, sender, to, text, sid, result, ended_at, notified_at = rest
    return Row(
        key,
        event_digest,
        State(state),
        owner,
        number,
        since,
        claimed_at,
        Asked(account, sender, to, text),
        sid,
        {} if result is None else json.loads(result),
        ended_at,
        notified_at is not None,
    )
