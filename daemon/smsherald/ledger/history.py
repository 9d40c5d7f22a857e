"""All that the ledger knows of the events that a person asks about: rows, and what is parked.

Runs on the thread that has the connection; it only reads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from smsherald.ledger.parked import ParkedList
from smsherald.ledger.people import People
from smsherald.ledger.sql.database import Database
from smsherald.model import ParkedEntry, Remembered, Row

MOST = 100
"""Rows, and entries of one name, that are looked at: of more rows, the newest."""


class History:
    """Answers on one database."""

    def __init__(self, database: Database) -> None:
        self._people = People(database)
        self._list = ParkedList(database)

    def about(self, wanted: str, events: Collection[str] = ()) -> Remembered:
        """Return what is known of a reference, event id, SID, key, or id of what is parked.

        It comes with the other SMSes of the same events, and with those of `events`, whose ids are
        known from elsewhere. It may read through the whole ledger, twice at most.
        """
        rows = self._whole(self._people.find(wanted, MOST), wanted, events)
        return Remembered(rows, self._parked(wanted, {*events, *(row.event_id for row in rows)}))

    def about_phone(self, number: str) -> Remembered:
        """Return the SMSes to a number (E.164), with the others of the same events."""
        rows = self._whole(self._people.find_phone(number, MOST), None, ())
        return Remembered(rows, self._parked(None, {row.event_id for row in rows}))

    def _whole(
        self, found: Sequence[Row], wanted: str | None, events: Collection[str]
    ) -> tuple[Row, ...]:
        # What was found by its event's id came with all of that event.
        missing: set[tuple[str, str | None]] = {
            (row.event_id, row.event_digest) for row in found if row.event_id != wanted
        }
        missing |= {(event_id, None) for event_id in events if event_id != wanted}
        rows = {row.key: row for row in found}
        rows |= {row.key: row for row in self._people.of_events(missing, MOST)}
        return tuple(sorted(rows.values(), key=lambda row: -row.since))

    def _parked(self, wanted: str | None, events: Collection[str]) -> tuple[ParkedEntry, ...]:
        """Return what is listed as parked of events, and of what else was asked for."""
        names = sorted(events) if wanted is None else sorted({wanted, *events})
        return tuple(self._list.about(names, MOST)) if names else ()
