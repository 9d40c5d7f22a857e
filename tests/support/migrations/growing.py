"""A column and an index more, and a type changed: SQLite makes the table anew for it."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, String, Text, text


def upgrade(operations: Operations) -> None:
    """Change the table of the SMSes, and what stands in it."""
    with operations.batch_alter_table("sms") as batch:
        batch.add_column(Column("zone", String))
        batch.alter_column("routing_key", type_=Text())
    operations.execute("UPDATE sms SET zone = 'moon'")
    where = text("state = 'sent'")
    operations.create_index("sms_zone", "sms", ["zone"], sqlite_where=where, postgresql_where=where)


def downgrade(operations: Operations) -> None:
    """Take it away."""
    operations.drop_index("sms_zone", "sms")
    with operations.batch_alter_table("sms") as batch:
        batch.drop_column("zone")
        batch.alter_column("routing_key", type_=String())
