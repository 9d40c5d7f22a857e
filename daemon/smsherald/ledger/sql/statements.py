"""The hot statements, for every database: each writes or reads all rows that it is given.

`$batch` stands for those rows, `$owner`, `$now` and `$quarantine` for who writes, and when (`By`);
how a batch is given, at once or in a few parts, is in `parameters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from sqlalchemy.engine import Dialect as Driver

from smsherald.ledger.sql.parameters import Columns, Statement, Writer
from smsherald.ledger.sql.rows import row_columns
from smsherald.ledger.sql.schema import BRAKE, ENDED, LOCKED, quoted
from smsherald.model import OnUnknown, State

KEY: Columns = (("key", "TEXT"),)
SID: Columns = (("sid", "TEXT"),)
NUMBER: Columns = (("number", "INTEGER"),)
"""The claim number as it was found."""
RESULT: Columns = (*SID, ("result", "TEXT"))
ASKED: Columns = (
    *KEY,
    ("event_id", "TEXT"),
    ("event_digest", "TEXT"),
    ("routing_key", "TEXT"),
    ("attempt", "INTEGER"),
    ("flow", "TEXT"),
    ("reference", "TEXT"),
    ("fingerprint", "TEXT"),
    ("account", "TEXT"),
    ("account_sid", "TEXT"),
    ("sender", "TEXT"),
    ("to", "TEXT"),
    ("text", "TEXT"),
    ("phone_digest", "TEXT"),
    ("phone_tail", "TEXT"),
)
FACT: Columns = (("id", "TEXT"), ("routing_key", "TEXT"), ("body", "TEXT"))
ENTRY: Columns = (
    ("queue", "TEXT"),
    ("id", "TEXT"),
    ("event_id", "TEXT"),
    ("routing_key", "TEXT"),
    ("flow", "TEXT"),
    ("reason", "TEXT"),
    ("detail", "TEXT"),
    ("reference", "TEXT"),
    ("at", "FLOAT"),
)
BRAKES = f"coalesce(CAST((SELECT value FROM meta WHERE name = {quoted(BRAKE)}) AS INTEGER), 0)"  # noqa: S608 - A word of ours.
"""The brake's counter, as an SQL expression."""


@dataclass(frozen=True, slots=True)
class Statements:
    """All of them, as one database takes them."""

    find: Statement
    insert: Statement
    reclaim: Statement
    take_over: Statement
    record: Statement
    record_absent: Statement
    find_late: Statement
    overwrite: Statement
    keep_second: Statement
    tell: Statement
    known: Statement
    post: Statement
    park: Statement


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a database writes in its own way."""

    now: str
    """Its clock: seconds since the epoch."""
    write: Writer
    """Makes a statement of its text."""


def statements(dialect: Dialect, driver: Driver) -> Statements:
    """Write them for one database."""
    names = [f'"{name}"' for name, _ in ASKED]
    parts = {
        "asked": ", ".join(names),
        "asked_anew": ", ".join(f"{name} = batch.{name}" for name in names[1:]),
        "asked_over": ", ".join(f"{name} = excluded.{name}" for name in names[1:]),
        "row": row_columns("r"),
        "locked": quoted(*LOCKED),
        "ended": quoted(*ENDED),
        **{word.value: quoted(word) for word in (*State, *OnUnknown)},
    }

    def of(columns: Columns, statement: str) -> Statement:
        whole = Template(Template(statement).safe_substitute(parts))
        return dialect.write(columns, whole, driver)

    return Statements(
        find=of((*KEY, ("fingerprint", "TEXT")), _FIND),
        insert=of(ASKED, _INSERT),
        reclaim=of((*ASKED, *NUMBER, ("state", "TEXT")), _RECLAIM),
        take_over=of((*KEY, *NUMBER, ("on_unknown", "TEXT")), _TAKE_OVER),
        record=of((*KEY, *NUMBER, ("state", "TEXT"), *RESULT), _RECORD),
        record_absent=of((*KEY, *NUMBER), _RECORD_ABSENT),
        find_late=of((*KEY, *SID), _FIND_LATE),
        overwrite=of((*ASKED, *NUMBER, *RESULT), _OVERWRITE),
        keep_second=of((*KEY, *SID), _KEEP_SECOND),
        tell=of((*KEY, ("state", "TEXT"), *SID, *NUMBER), _TELL),
        known=of(SID, _KNOWN),
        post=of(FACT, _POST),
        park=of(ENTRY, _PARK),
    )


# What claims meet: their row, and another that locks their fingerprint. Most meet nothing.
_FIND = """
SELECT batch.key, h.state, h.claimed_at, h.quarantine, $row
FROM $batch
LEFT JOIN sms r ON r.key = batch.key
LEFT JOIN sms h ON h.fingerprint = batch.fingerprint
    AND h.state IN ($locked) AND h.key <> batch.key
WHERE r.key IS NOT NULL OR h.key IS NOT NULL
"""

# What met nothing. A conflict with what has come up since is an error.
_INSERT = """
INSERT INTO sms ($asked, state, owner, claim_number, in_vain, since, claimed_at, quarantine)
SELECT $asked, $sending, $owner, 1, 0, $now, $now, $quarantine FROM $batch
"""

# A row as it was found becomes a fresh claim, with all that is asked for now: a free one, or one
# that came to nothing and is told. Of that nothing is left, for its second end is another. It is
# asked in a way in which no planner takes the index of what is told: that is the whole ledger.
_RECLAIM = """
UPDATE sms SET $asked_anew, state = $sending, owner = $owner,
    claim_number = sms.claim_number + 1,
    in_vain = CASE sms.state WHEN $free THEN sms.in_vain ELSE 0 END,
    since = $now, claimed_at = $now, quarantine = $quarantine,
    result = NULL, ended_at = NULL, notified_at = NULL
FROM $batch
WHERE sms.key = batch.key AND sms.state = batch.state AND sms.claim_number = batch.number
    AND (sms.state = $free
        OR (sms.state IN ($failed, $skipped) AND coalesce(sms.notified_at, 0) > 0))
RETURNING sms.key
"""

# `since` stays: a look-up has to go back to the first request that may have gone out.
_TAKE_OVER = """
UPDATE sms SET owner = $owner, claim_number = sms.claim_number + 1,
    claimed_at = $now, quarantine = $quarantine,
    state = CASE batch.on_unknown WHEN $hold THEN $held ELSE $sending END
FROM $batch
WHERE sms.key = batch.key AND sms.state = $sending AND sms.claim_number = batch.number
RETURNING sms.key
"""

# Only what is still ours, and never a SID that another row has.
_RECORD = """
UPDATE sms SET state = batch.state, sid = batch.sid, result = batch.result,
    ended_at = CASE batch.state WHEN $free THEN NULL ELSE $now END
FROM $batch
WHERE sms.key = batch.key AND sms.state = $sending AND sms.owner = $owner
    AND sms.claim_number = batch.number
    AND (batch.sid IS NULL OR (
        NOT EXISTS (SELECT 1 FROM sms o WHERE o.sid = batch.sid)
        AND NOT EXISTS (SELECT 1 FROM second_sid s WHERE s.sid = batch.sid)))
"""

# The same for what a look-up did not find: free, and one more time in vain.
_RECORD_ABSENT = """
UPDATE sms SET state = $free, in_vain = sms.in_vain + 1
FROM $batch
WHERE sms.key = batch.key AND sms.state = $sending AND sms.owner = $owner
    AND sms.claim_number = batch.number
RETURNING sms.key, sms.claim_number, sms.in_vain
"""

# What a late answer meets: whether another row has its SID, and its own row.
_FIND_LATE = """
SELECT EXISTS (SELECT 1 FROM sms o WHERE o.sid = batch.sid AND o.key <> batch.key)
    OR EXISTS (SELECT 1 FROM second_sid s WHERE s.sid = batch.sid AND s.key <> batch.key),
    $row
FROM $batch LEFT JOIN sms r ON r.key = batch.key
"""

# Twilio's own answer to us, whatever the row says by now.
_OVERWRITE = """
INSERT INTO sms ($asked, state, owner, claim_number, in_vain, since, claimed_at, quarantine,
    sid, result, ended_at)
SELECT $asked, $sent, $owner, number, 0, $now, $now, $quarantine, sid, result, $now
FROM $batch WHERE true
ON CONFLICT (key) DO UPDATE SET state = $sent, sid = excluded.sid, result = excluded.result,
    ended_at = excluded.ended_at, notified_at = NULL, $asked_over
"""

# Answers with the SIDs that were not there yet.
_KEEP_SECOND = """
INSERT INTO second_sid (sid, key, at) SELECT sid, key, $now FROM $batch WHERE true
ON CONFLICT DO NOTHING
RETURNING sid
"""

# What is told needs no number and no text any more. Only the outcome that was told: that of this
# SID (which may stand among the second ones), or of this claim.
_TELL = """
UPDATE sms SET notified_at = $now, "to" = '', text = ''
FROM $batch
WHERE sms.key = batch.key AND sms.state = batch.state AND sms.state IN ($ended)
    AND sms.notified_at IS NULL
    AND CASE WHEN batch.state <> $sent THEN sms.claim_number = batch.number
        ELSE sms.sid = batch.sid OR (sms.sid IS NULL AND EXISTS (
            SELECT 1 FROM second_sid s WHERE s.sid = batch.sid AND s.key = sms.key)) END
"""

_KNOWN = """
SELECT sid FROM $batch WHERE EXISTS (SELECT 1 FROM sms o WHERE o.sid = batch.sid)
    OR EXISTS (SELECT 1 FROM second_sid s WHERE s.sid = batch.sid)
"""

# A fact is told once more by who did not hear that it was written: its id is the same.
_POST = """
INSERT INTO outbox (id, routing_key, body, at, owner)
SELECT id, routing_key, body, $now, $owner FROM $batch WHERE true
ON CONFLICT DO NOTHING
"""

# What was brought again and is parked once more has the id that it had.
_PARK = """
INSERT INTO parked (
    queue, id, event_id, routing_key, flow, reason, detail, reference, at, written_at)
SELECT queue, id, event_id, routing_key, flow, reason, detail, reference, at, $now
FROM $batch WHERE true
ON CONFLICT (queue, id) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
    reference = excluded.reference, at = excluded.at, written_at = excluded.written_at
WHERE parked.at IS NULL OR excluded.at >= parked.at
"""
