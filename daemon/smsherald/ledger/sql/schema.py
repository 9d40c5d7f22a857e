"""The tables, for every database. A change here is a new `VERSION` and a migration to it."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, text

from smsherald.model import State

VERSION = 2
MIGRATIONS = "smsherald.ledger.sql.migrations"
"""The package of the migrations."""
MOVED, UNFINISHED = 2_000_000_001, 2_000_000_002
"""In the version's place: what no daemon uses, whatever its version. A ledger that has been moved
away, and a copy that is not whole yet, or may still be given up."""

metadata = MetaData()

LOCKED = (State.SENDING, State.HELD)
"""States of a row that keeps another with its fingerprint from being claimed."""
ENDED = (State.SENT, State.FAILED, State.SKIPPED)


def quoted(*words: str) -> str:
    """Write words of ours as SQL."""
    return ", ".join(f"'{word}'" for word in words)


locked = text(f"state IN ({quoted(*LOCKED)})")
untold = text("ended_at IS NOT NULL AND notified_at IS NULL")
told = text("notified_at IS NOT NULL")
is_free = text(f"state = {quoted(State.FREE)}")
_has_sid = text("sid IS NOT NULL")

sms = Table(
    "sms",
    metadata,
    Column("key", String, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("event_digest", String, nullable=False),
    Column("routing_key", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("flow", String, nullable=False),
    Column("reference", String),
    Column("state", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("claim_number", Integer, nullable=False),
    Column("in_vain", Integer, nullable=False),
    Column("since", Float, nullable=False),
    Column("claimed_at", Float, nullable=False),
    Column("quarantine", Float, nullable=False),
    Column("account", String, nullable=False),
    Column("account_sid", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("to", String, nullable=False),
    Column("text", String, nullable=False),
    Column("phone_digest", String, nullable=False),
    Column("phone_tail", String, nullable=False),
    Column("sid", String),
    Column("result", String),
    Column("ended_at", Float),
    Column("notified_at", Float),
    # Two equal texts in flight could not be told apart at Twilio. Every query that goes by
    # fingerprint repeats this condition word for word, or the index is not used.
    Index(
        "sms_fingerprint",
        "fingerprint",
        unique=True,
        sqlite_where=locked,
        postgresql_where=locked,
    ),
    Index("sms_sid", "sid", unique=True, sqlite_where=_has_sid, postgresql_where=_has_sid),
    # Small: an SMS leaves it as soon as it is told.
    Index("sms_untold", "ended_at", sqlite_where=untold, postgresql_where=untold),
    # Small too: most SMSes are never free.
    Index("sms_free", "claimed_at", sqlite_where=is_free, postgresql_where=is_free),
    # Grows at its end only, as time does. What is in one of these two is not in the other: so no
    # planner takes the large one for the small one.
    Index("sms_told", "ended_at", sqlite_where=told, postgresql_where=told),
)
"""A row per SMS. `to` and `text` are emptied once it is told; times are the database's clock."""

second_sid = Table(
    "second_sid",
    metadata,
    Column("sid", String, primary_key=True),
    Column("key", String, primary_key=True, index=True),
    Column("at", Float, nullable=False),
)
"""Messages at Twilio beyond the one that the row of an SMS can name: look-ups know them too."""

bound_key = Table(
    "bound_key",
    metadata,
    Column("queue", String, primary_key=True),
    Column("exchange", String, primary_key=True),
    Column("routing_key", String, primary_key=True),
    Column("wanted_at", Float, nullable=False),
)
"""The bindings that we made, and when a daemon last wanted each: AMQP cannot list them."""

pause = Table(
    "pause",
    metadata,
    Column("scope", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("why", String, nullable=False),
    Column("who", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float),
)
"""What operators have paused; one without `until` holds until somebody ends it."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", String, primary_key=True),
    Column("routing_key", String, nullable=False),
    Column("body", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("owner", String, nullable=False),
)
"""Facts to tell, beside how an SMS ended: written with what they are about, deleted once told."""

parked = Table(
    "parked",
    metadata,
    Column("queue", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("event_id", String),
    Column("routing_key", String),
    Column("flow", String),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("reference", String),
    Column("at", Float),
    Column("written_at", Float, nullable=False),
    Index("parked_event", "event_id"),
    Index("parked_reference", "reference"),
    Index("parked_reason", "queue", "reason"),
)
"""What waits for a person in a queue's parked one: a look into that counts as a delivery."""

replica = Table(
    "replica",
    metadata,
    Column("instance", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("seen_at", Float, nullable=False),
)
"""The daemons that use it, each as it was seen last."""

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""What belongs to this ledger alone, by name."""

PHONE_KEY = "phone_key"
"""What makes its phone digests."""
LEDGER_ID = "ledger_id"
"""What tells it from any other ledger."""
MOVED_TO = "moved_to"
"""Where a ledger is that was moved away from here, as a log may say it."""
COPY_OF = "copy_of"
"""In a copy that is unfinished: the id of its ledger, and where that is."""
COPY = "copy"
"""What one whole copy, and the ledger that was moved by it, have in common."""
BRAKE = "brake"
"""How many pauses operators have ever made; absent before the first."""
