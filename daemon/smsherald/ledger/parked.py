"""The list of what is parked: a look into the queue itself counts as a delivery of all of it.

The queue has the last word: a command that has looked at all of it corrects the list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.parameters import By
from smsherald.ledger.sql.schema import parked
from smsherald.model import ParkedEntry, Stay

AT_ONCE = 500
"""Entries of one transaction: one of many would keep SMSes waiting."""
YOUNG = 60.0
"""Seconds: an entry that is written so soon before a look may not have been in the queue for it."""
_NEVER = -1.0
"""In place of a moment that nobody knows: no database finds NULL in a list."""
_ID = re.compile("[0-9a-f]{10,64}", re.ASCII)
"""The beginning of an id, as `parked list` shows it, or all of it."""


def listed(queue: str, entry: ParkedEntry) -> tuple[str | float | None, ...]:
    """Return the columns `statements.ENTRY`; what no database keeps in a text is replaced."""
    return (
        queue,
        entry.id,
        _kept(entry.event_id),
        _kept(entry.routing_key),
        _kept(entry.flow),
        _kept(entry.reason),
        _kept(entry.detail),
        _kept(entry.reference),
        entry.at,
    )


class ParkedList:
    """Works on one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def about(self, names: Collection[str], most: int) -> list[ParkedEntry]:
        """Return what is parked of event ids or references, or has ids that begin so."""
        begins = [parked.c.id.startswith(name) for name in names if _ID.fullmatch(name)]
        named = (parked.c.event_id.in_(names), parked.c.reference.in_(names))
        rows = select(parked).where(or_(*named, *begins)).order_by(parked.c.written_at)
        with reading(self._connection) as connection:
            found = connection.execute(rows.limit(most)).mappings()
            return [_entry(row) for row in found]

    def reasons(self, queue: str) -> dict[str, int]:
        """Count what is listed, by reason."""
        counted = select(parked.c.reason, func.count()).where(parked.c.queue == queue)
        with reading(self._connection) as connection:
            found = connection.execute(counted.group_by(parked.c.reason)).all()
        return {reason: number for reason, number in found}  # noqa: C416 - rows are no pairs to mypy

    def forget(self, queue: str, gone: Collection[Stay]) -> None:
        """Strike out what is parked no more, unless it is parked once more by now."""
        some = [(id_, _NEVER if at is None else at) for id_, at in gone]
        stay = tuple_(parked.c.id, func.coalesce(parked.c.at, _NEVER))
        for begin in range(0, len(some), AT_ONCE):
            over = stay.in_(some[begin : begin + AT_ONCE])
            with self._connection.begin():
                self._connection.execute(delete(parked).where(parked.c.queue == queue, over))

    def agree(
        self, queue: str, seen: Sequence[ParkedEntry], *, everything: bool, begun: float
    ) -> None:
        """Add what was seen in the queue and is not listed, or not as it is parked now.

        Where that was `everything` there was, strike out what was not seen and was listed before
        the look began, `begun` seconds ago.
        """
        of_queue = parked.c.queue == queue
        young = parked.c.written_at > self._database.ago(begun + YOUNG)
        with reading(self._connection) as connection:
            columns = select(parked.c.id, parked.c.at, young).where(of_queue)
            rows = connection.execute(columns).all()
        known: dict[Stay, bool] = {(id_, at): bool(is_young) for id_, at, is_young in rows}
        present = {entry.id: entry for entry in sorted(seen, key=lambda each: each.at or _NEVER)}
        self.add(queue, [entry for entry in present.values() if entry.stay not in known])
        if everything:
            self.forget(
                queue,
                [
                    stay
                    for stay, is_young in known.items()
                    if not is_young and stay[0] not in present
                ],
            )

    def add(self, queue: str, entries: Sequence[ParkedEntry]) -> None:
        """List what is parked, as it is parked now."""
        for begin in range(0, len(entries), AT_ONCE):
            rows = [listed(queue, entry) for entry in entries[begin : begin + AT_ONCE]]
            with self._connection.begin():
                now = self._connection.execute(select(self._database.clock)).scalar_one()
                self._database.statements.park(self._connection, rows, By("", now, 0.0))


def _entry(row: Mapping[Any, Any]) -> ParkedEntry:
    return ParkedEntry(
        id=row["id"],
        event_id=row["event_id"],
        routing_key=row["routing_key"],
        flow=row["flow"],
        reason=row["reason"],
        detail=row["detail"],
        reference=row["reference"],
        at=row["at"],
    )


def _kept(text: str | None) -> str | None:
    """Replace NUL, which PostgreSQL refuses, and half a surrogate pair, which is no UTF-8."""
    if text is None:
        return None
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
