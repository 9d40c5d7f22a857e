"""The tables of the first version, from nothing."""

from __future__ import annotations

from typing import Any

from alembic.operations import Operations
from sqlalchemy import Column, Float, Integer, String, text


def upgrade(operations: Operations) -> None:
    """Make them."""
    operations.create_table(
        "sms",
        Column("key", String, primary_key=True),
        *_needed(String, "event_id", "event_digest", "routing_key"),
        *_needed(Integer, "attempt"),
        *_needed(String, "flow"),
        Column("reference", String),
        *_needed(String, "state", "fingerprint", "owner"),
        *_needed(Integer, "claim_number", "in_vain"),
        *_needed(Float, "since", "claimed_at", "quarantine"),
        *_needed(String, "account", "account_sid", "sender", "to", "text"),
        *_needed(String, "phone_digest", "phone_tail"),
        Column("sid", String),
        Column("result", String),
        Column("ended_at", Float),
        Column("notified_at", Float),
    )
    for name, column, condition, unique in (
        ("sms_fingerprint", "fingerprint", "state IN ('sending', 'held')", True),
        ("sms_sid", "sid", "sid IS NOT NULL", True),
        ("sms_untold", "ended_at", "ended_at IS NOT NULL AND notified_at IS NULL", False),
        ("sms_free", "claimed_at", "state = 'free'", False),
        ("sms_told", "ended_at", "notified_at IS NOT NULL", False),
    ):
        where = text(condition)
        operations.create_index(
            name, "sms", [column], unique=unique, sqlite_where=where, postgresql_where=where
        )
    operations.create_table(
        "second_sid",
        Column("sid", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("at", Float, nullable=False),
    )
    operations.create_index("ix_second_sid_key", "second_sid", ["key"])
    operations.create_table(
        "bound_key",
        Column("queue", String, primary_key=True),
        Column("exchange", String, primary_key=True),
        Column("routing_key", String, primary_key=True),
        Column("wanted_at", Float, nullable=False),
    )
    operations.create_table(
        "pause",
        Column("scope", String, primary_key=True),
        Column("name", String, primary_key=True),
        *_needed(String, "why", "who"),
        *_needed(Float, "since"),
        Column("until", Float),
    )
    operations.create_table(
        "meta",
        Column("name", String, primary_key=True),
        Column("value", String, nullable=False),
    )


def _needed(kind: type[String | Integer | Float[Any]], *names: str) -> list[Column[Any]]:
    return [Column(name, kind, nullable=False) for name in names]
