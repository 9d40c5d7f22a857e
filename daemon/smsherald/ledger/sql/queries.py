"""Reading rows by a condition, for whatever is not hot."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, text

from smsherald.ledger.sql.database import reading
from smsherald.ledger.sql.rows import row_columns, row_of
from smsherald.ledger.sql.schema import is_free, locked, sms
from smsherald.model import Row, State


def rows_where(
    connection: Connection, condition: ColumnElement[bool], order: ColumnElement[Any], most: int
) -> list[Row]:
    """Read up to `most` rows; in a transaction of the caller's."""
    wanted = select(text(row_columns("sms"))).select_from(sms)
    wanted = wanted.where(condition).order_by(order, sms.c.key).limit(most)
    return [row_of(columns) for columns in connection.execute(wanted)]


def oldest(connection: Connection, condition: ColumnElement[bool], most: int) -> list[Row]:
    """Read up to `most` rows, the oldest first; in a transaction of its own."""
    with reading(connection):
        return rows_where(connection, condition, sms.c.since, most)


def in_state(state: State) -> ColumnElement[bool]:
    """Choose a state, by its small index where it has one."""
    match state:
        case State.SENDING | State.HELD:
            return and_(locked, sms.c.fingerprint >= "", sms.c.state == state)
        case State.FREE:
            return and_(is_free)
        case _:
            return sms.c.state == state
