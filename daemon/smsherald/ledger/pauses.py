"""What operators have paused: the brake. Runs on the thread that has the connection.

A pause and the counter that counts it are written in one transaction, under the lock that every
claim's transaction has from its beginning to its end: what is claimed after it has another counter.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    delete,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row

from smsherald.ledger.sql.database import Database, reading
from smsherald.ledger.sql.schema import BRAKE, meta, pause
from smsherald.ledger.sql.statements import BRAKES
from smsherald.model import Brake, Cause, Pause, Scope, Target


class Pauses:
    """Reads and writes them in one database; whether one has ended is for its clock to say."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._counter: ColumnElement[int] = literal_column(BRAKES, Integer)
        self._ended = pause.c.until <= database.clock

    def brake(self) -> Brake:
        """Return the counter and the pauses that hold, by scope and name."""
        # One statement sees one moment; a server's transaction that only reads sees several.
        one = select(self._counter.label("counter")).subquery()
        holds = or_(pause.c.until.is_(None), ~self._ended)
        wanted = select(one.c.counter, pause).select_from(one.outerjoin(pause, holds))
        with reading(self._connection) as connection:
            rows = connection.execute(wanted.order_by(pause.c.scope, pause.c.name)).all()
        pauses = tuple(_pause(row) for row in rows if row.scope is not None)
        return Brake(rows[0].counter, pauses)

    def pause(self, target: Target, why: str, who: str, seconds: float | None) -> Pause:
        """Pause this from now on, for so many seconds or, with None, until it is resumed.

        One that holds already goes on as the same, with another reason, operator and end.
        """
        connection, now = self._connection, self._database.clock
        until = None if seconds is None else now + literal(seconds)
        said = {"why": why, "who": who, "until": until}
        with connection.begin():
            self._forget_ended()
            if not connection.execute(update(pause).where(_is(target)).values(said)).rowcount:
                new = {**said, "scope": target.scope.value, "name": target.name, "since": now}
                connection.execute(insert(pause).values(new))
            counter = connection.execute(select(self._counter)).scalar_one() + 1
            row = {"name": BRAKE, "value": str(counter)}
            connection.execute(delete(meta).where(meta.c.name == BRAKE))
            connection.execute(insert(meta).values(row))
            return _pause(connection.execute(select(pause).where(_is(target))).one())

    def resume(self, target: Target) -> bool:
        """End the pause of just this; return whether it held."""
        with self._connection.begin():
            self._forget_ended()
            return bool(self._connection.execute(delete(pause).where(_is(target))).rowcount)

    def _forget_ended(self) -> None:
        self._connection.execute(delete(pause).where(self._ended))


def _is(target: Target) -> ColumnElement[bool]:
    return and_(pause.c.scope == target.scope.value, pause.c.name == target.name)


def _pause(row: Row[tuple[object, ...]]) -> Pause:
    return Pause(
        Target(Scope(row.scope), row.name),
        Cause.OPERATOR,
        row.why,
        row.since,
        row.until,
        who=row.who,
    )
