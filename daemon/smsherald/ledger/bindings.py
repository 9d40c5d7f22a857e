"""The bindings that daemons made, and when each was last wanted: AMQP cannot list them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import and_, delete, insert, select, update

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import bound_key


class Bindings:
    """Remembers them in one database, on the thread that has the connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def want(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        """Write down that these are wanted now."""
        ours = and_(bound_key.c.queue == queue, bound_key.c.exchange == exchange)
        with self._connection.begin():
            now = self._connection.execute(select(self._database.clock)).scalar_one()
            known = set(
                self._connection.execute(select(bound_key.c.routing_key).where(ours)).scalars()
            )
            if again := sorted(known & set(keys)):
                wanted = update(bound_key).where(ours, bound_key.c.routing_key.in_(again))
                self._connection.execute(wanted.values(wanted_at=now))
            if new := sorted(set(keys) - known):
                names = {"queue": queue, "exchange": exchange, "wanted_at": now}
                rows = [{**names, "routing_key": key} for key in new]
                self._connection.execute(insert(bound_key), rows)
        # Else it could stand only where nobody will find it.
        self._database.check()

    def wanted(self, queue: str) -> Mapping[tuple[str, str], float]:
        """Return exchange and routing key of a queue's, with when each was last wanted."""
        columns = select(bound_key.c.exchange, bound_key.c.routing_key, bound_key.c.wanted_at)
        with reading(self._connection) as connection:
            rows = connection.execute(columns.where(bound_key.c.queue == queue)).all()
        return {(exchange, key): wanted_at for exchange, key, wanted_at in rows}

    def recent(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:
        """Return exchange and routing key of those that were wanted so recently.

        It may be read only where it may be written: else others could not say what they want.
        """
        condition = and_(
            bound_key.c.queue == queue, bound_key.c.wanted_at > self._database.ago(seconds)
        )
        columns = select(bound_key.c.exchange, bound_key.c.routing_key).where(condition)
        with self._connection.begin():
            found = self._connection.execute(columns).all()
        return frozenset((exchange, key) for exchange, key in found)

    def forget(self, queue: str, key: tuple[str, str], wanted_at: float) -> bool:
        """Forget a key that was last wanted just then; return whether that was still so."""
        exchange, routing_key = key
        unchanged = delete(bound_key).where(
            bound_key.c.queue == queue,
            bound_key.c.exchange == exchange,
            bound_key.c.routing_key == routing_key,
            bound_key.c.wanted_at == wanted_at,
        )
        with self._connection.begin():
            return bool(self._connection.execute(unchanged).rowcount)
