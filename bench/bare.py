"""What the ledger writes, written by the bare driver: nothing decided, nobody waiting."""

from __future__ import annotations

import time
from typing import Any

from smsherald.ledger.sql import versions
from smsherald.ledger.sql.statements import ASKED
from smsherald.model import Sms
from support.ledgers import LedgerDatabase, a_sid, an_sms

AT_ONCE = 100
"""SMSes that are written with one commit."""
_PLACES = {"sqlite": "?", "postgresql": "%s"}


def write_bare(database: LedgerDatabase, kind: str, smses: int) -> tuple[float, float, list[float]]:
    """Claim, record and tell by `executemany`.

    Returns the seconds of CPU, the seconds that passed, and those of each commit.
    """
    rows = [_row(an_sms(f"bare-{number}")) for number in range(smses)]
    names = ", ".join(f'"{name}"' for name, _ in ASKED)
    place = _PLACES[kind]
    places = ", ".join([place] * len(ASKED))
    insert = (
        f"INSERT INTO sms ({names}, state, owner, claim_number, in_vain, since, claimed_at,"  # noqa: S608 - Names of ours.
        " quarantine)"
        f" VALUES ({places}, 'sending', 'me', 1, 0, 1.0, 1.0, 1.0)"
    )
    record = (
        f"UPDATE sms SET state = 'sent', sid = {place}, result = '{{}}', ended_at = 1.0"  # noqa: S608 - as above
        f" WHERE key = {place} AND state = 'sending' AND owner = 'me' AND claim_number = 1"
    )
    tell = f"UPDATE sms SET notified_at = 1.0, \"to\" = '', text = '' WHERE key = {place}"  # noqa: S608 - as above
    took = []
    with database.storage() as storage:
        versions.bring_up(storage, upgrade=True)
        driver: Any = storage.connection.connection.driver_connection
        cursor = driver.cursor()
        cpu, begun = time.process_time(), time.monotonic()
        for start in range(0, smses, AT_ONCE):
            part = rows[start : start + AT_ONCE]
            started = time.monotonic()
            cursor.execute("BEGIN")
            cursor.executemany(insert, part)
            cursor.executemany(record, [(a_sid(str(key)), key) for key, *_ in part])
            cursor.executemany(tell, [(key,) for key, *_ in part])
            cursor.execute("COMMIT")
            took.append(time.monotonic() - started)
        return time.process_time() - cpu, time.monotonic() - begun, took


def _row(sms: Sms) -> tuple[str | int | None, ...]:
    """Return the columns `ASKED`, with something in place of the number's digest."""
    event, asked = sms.event, sms.asked
    about = (sms.key, event.id, event.digest, event.routing_key, event.attempt, sms.flow)
    text = (asked.account, asked.account_sid, asked.sender, asked.to, asked.text)
    return (*about, sms.reference, sms.fingerprint, *text, sms.fingerprint[:32], asked.to[-2:])
