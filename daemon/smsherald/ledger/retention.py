"""What the ledger forgets: rows that nobody needs any more."""

from __future__ import annotations

from sqlalchemy import ColumnElement, CompoundSelect, and_, delete, func, select, tuple_, union_all

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import ENDED, is_free, locked, outbox, pause, second_sid, sms, told


class Retention:
    """Deletes from one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def prunable(self, retention: float) -> int:
        """Count the rows that `prune` would delete."""
        with reading(self._connection) as connection:
            counts = [
                connection.execute(select(func.count()).select_from(sms).where(condition)).scalar()
                for condition in self._outlived(retention)
            ]
        return sum(count or 0 for count in counts)

    def prune(self, retention: float, most: int) -> int:
        """Delete rows that nobody needs any more, `most` at once; return how many that were.

        They have ended, and are told, or are free and nobody came back for them, for more than
        `retention` seconds. Never one that is `sending` or `held`, and none of an event that has
        such an SMS beside it, or a free one that is younger: if that event comes, all of it comes.
        Pauses that have ended go too, and facts that nobody could be told for so long, uncounted.
        """
        gone = 0
        with self._connection.begin():
            for condition in self._outlived(retention):
                some = select(sms.c.key).where(condition).limit(most - gone)
                # Said twice: what another process changes in between is not what was chosen.
                doomed = delete(sms).where(sms.c.key.in_(some), condition)
                gone += self._connection.execute(doomed).rowcount
            orphans = delete(second_sid).where(
                second_sid.c.at < self._database.ago(retention),
                ~select(sms.c.key).where(sms.c.key == second_sid.c.key).exists(),
            )
            self._connection.execute(orphans)
            untold = delete(outbox).where(outbox.c.at < self._database.ago(retention))
            self._connection.execute(untold)
            self._connection.execute(delete(pause).where(pause.c.until <= self._database.clock))
        return gone

    def _outlived(self, retention: float) -> tuple[ColumnElement[bool], ...]:
        before = self._database.ago(retention)
        event = tuple_(sms.c.event_id, sms.c.event_digest)
        is_over = event.not_in(_events_that_may_come(before))
        return (
            and_(told, sms.c.ended_at < before, sms.c.state.in_(ENDED), is_over),
            and_(is_free, sms.c.claimed_at < before, is_over),
        )


def _events_that_may_come(before: ColumnElement[float]) -> CompoundSelect[tuple[str, str]]:
    """Choose the events of which an SMS is `sending`, `held`, or free and claimed since `before`.

    They are few, and read from small indexes once a statement, not once a row.
    """
    other = sms.alias("other")
    events = select(other.c.event_id, other.c.event_digest)
    return union_all(
        events.where(locked, other.c.fingerprint >= ""),
        events.where(is_free, other.c.claimed_at >= before),
    )
