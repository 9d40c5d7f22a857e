"""What a database holds: how its tables are made, and all that stands in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, select

STRUCTURE = {
    "sqlite": (
        (
            'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk'
            " FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        ),
        "SELECT name, sql FROM sqlite_master WHERE type <> 'table'",
        (
            "SELECT 'version', user_version, application_id"
            " FROM pragma_user_version, pragma_application_id"
        ),
    ),
    "postgresql": (
        (
            "SELECT table_name, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = current_schema()"
        ),
        (
            "SELECT indexname, replace(indexdef, current_schema() || '.', '')"
            " FROM pg_indexes WHERE schemaname = current_schema()"
        ),
        (
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = current_schema()::regnamespace"
        ),
    ),
}
"""For each kind of database: its columns, its indexes with their conditions, the rest."""


def structure(connection: Connection) -> list[list[str]]:
    """Return what the tables are made of, in an order that does not matter."""
    return [
        sorted(repr(tuple(row)) for row in connection.exec_driver_sql(query))
        for query in STRUCTURE[connection.dialect.name]
    ]


def content(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables."""
    there = MetaData()
    there.reflect(connection)
    return {
        name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
        for name, table in there.tables.items()
    }
