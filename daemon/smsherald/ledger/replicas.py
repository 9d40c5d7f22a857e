"""Which daemons there are on one ledger. Runs on the thread that has the connection."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import replica
from smsherald.model import Replica

LATELY = 60.0
"""Seconds: who has not been seen for longer is there no more."""
FORGOTTEN_AFTER = 86_400.0


class Replicas:
    """Works on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._said: tuple[str, float] | None = None
        """What `here` wrote last: who, and when."""

    def here(self, instance: str, version: str) -> None:
        """Write down that a daemon is there; those of yesterday are forgotten."""
        old = replica.c.seen_at < self._database.ago(FORGOTTEN_AFTER)
        row = {"instance": instance, "version": version, "seen_at": self._database.clock}
        with self._connection.begin():
            self._connection.execute(delete(replica).where((replica.c.instance == instance) | old))
            self._connection.execute(insert(replica).values(row))
            wanted = select(replica.c.seen_at).where(replica.c.instance == instance)
            self._said = (instance, self._connection.execute(wanted).scalar_one())

    def gone(self) -> None:
        """Take that back, as the daemon ends, unless another of its name was seen since."""
        if self._said is None:
            return
        instance, seen_at = self._said
        mine = (replica.c.instance == instance) & (replica.c.seen_at == seen_at)
        with self._connection.begin():
            self._connection.execute(delete(replica).where(mine))

    def lately(self) -> list[Replica]:
        """Return those that were seen within the last minute, by name."""
        wanted = select(replica).where(replica.c.seen_at >= self._database.ago(LATELY))
        with reading(self._connection) as connection:
            rows = connection.execute(wanted.order_by(replica.c.instance)).all()
        return [Replica(row.instance, row.version, row.seen_at) for row in rows]
