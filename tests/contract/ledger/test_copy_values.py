"""Whatever stands in a ledger, its copy says the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Table, insert

from smsherald.ledger.sql import schema
from support.copies import content, copy
from support.ledgers import LedgerDatabase
from support.upgrades import upgrade

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# Zero is zero: SQLite keeps no sign of it.
TIMES = st.floats(allow_nan=False, allow_infinity=False).map(lambda time: time + 0.0)
NUMBERS = st.integers(-(2**31), 2**31 - 1)
TABLES = [table for table in schema.metadata.sorted_tables if table is not schema.meta]


def values(column: Column[Any]) -> st.SearchStrategy[Any]:
    kind = {str: WORDS, float: TIMES, int: NUMBERS}[column.type.python_type]
    return st.none() | kind if column.nullable else kind


def rows(table: Table) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({column.name: values(column) for column in table.columns})
    if table is schema.sms:
        own = (lambda each: each["key"], lambda each: each["sid"])
        return st.lists(row, max_size=4, unique_by=own)
    names = [column.name for column in table.primary_key]
    return st.lists(row, max_size=4, unique_by=lambda each: tuple(each[n] for n in names))


LEDGERS = st.fixed_dictionaries({table.name: rows(table) for table in TABLES})


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ledger=LEDGERS)
def test_there_and_back(
    ledger: dict[str, list[dict[str, Any]]],
    new_database: Callable[[], LedgerDatabase],
) -> None:
    with TemporaryDirectory() as folder:
        source, back = (
            LedgerDatabase(f"sqlite:///{Path(folder)}/{name}.db") for name in ("source", "back")
        )
        there = new_database()
        upgrade(source)
        with source.connect() as connection:
            for table in TABLES:
                if ledger[table.name]:
                    connection.execute(insert(table), ledger[table.name])
        before = content(source)

        copy(source, there)
        copy(there, back)

        assert content(there) == content(back) == before
