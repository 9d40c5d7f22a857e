"""What no delivery brings back: for the sweeper, and for who watches it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.queries import in_state, oldest
from smsherald.ledger.sql.rows import sms_of
from smsherald.ledger.sql.schema import sms, untold
from smsherald.model import Ended, Sms, State


class Backlog:
    """Reads one database, on the thread that has the connection; `quarantine` in seconds."""

    def __init__(self, database: Database, quarantine: float) -> None:
        self._database = database
        self._connection = database.connection
        self._quarantine = quarantine

    def stuck(self, most: int) -> list[Sms]:
        """Return SMSes `sending` for longer than twice the quarantine that nobody looks after."""
        left_alone = sms.c.claimed_at < self._database.ago(self._quarantine)
        return [
            sms_of(row)
            for row in oldest(self._connection, and_(self._unresolved(), left_alone), most)
        ]

    def untold(self, most: int) -> list[tuple[Sms, Ended]]:
        """Return SMSes that ended longer than a quarantine ago, and how, that nobody was told."""
        condition = and_(untold, sms.c.ended_at < self._database.ago(self._quarantine))
        return [
            (sms_of(row), row.ended)
            for row in oldest(self._connection, condition, most)
            if row.ended is not None
        ]

    def unresolved(self, most: int) -> tuple[int, list[str]]:
        """Count the rows `sending` for longer than twice the quarantine; name the oldest."""
        condition = self._unresolved()
        with reading(self._connection) as connection:
            counted = connection.execute(select(func.count()).select_from(sms).where(condition))
            keys = select(sms.c.key).where(condition).order_by(sms.c.since).limit(most)
            return counted.scalar_one(), list(connection.execute(keys).scalars())

    def _unresolved(self) -> ColumnElement[bool]:
        old = sms.c.since < self._database.ago(2 * self._quarantine)
        return and_(in_state(State.SENDING), old)
