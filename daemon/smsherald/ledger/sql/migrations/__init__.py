"""The migrations: `version_N` leads from the version before to version N.

Each has `upgrade(operations)`, which is handed Alembic's operations in a transaction that it must
neither end nor leave. It says what tables are by itself, for `schema` goes on changing. The table
`meta` keeps its two columns: programs of every version read the version in it.
"""
