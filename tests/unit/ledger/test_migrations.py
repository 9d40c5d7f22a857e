"""Every version of the tables has its migration, and a way back."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from smsherald.ledger.sql import schema


def test_every_version_has_a_migration_and_no_other_is_there() -> None:
    there = {each.name for each in pkgutil.iter_modules(import_module(schema.MIGRATIONS).__path__)}
    wanted = {f"version_{version}" for version in range(1, schema.VERSION + 1)}

    assert there == wanted, "schema.VERSION and daemon/smsherald/ledger/sql/migrations/ must agree"


def test_each_but_the_first_leads_back_or_says_why_it_cannot() -> None:
    without = [
        version
        for version in range(2, schema.VERSION + 1)
        if not hasattr(import_module(f"{schema.MIGRATIONS}.version_{version}"), "downgrade")
    ]

    assert without == [], "give them `downgrade`; what cannot be raises NoWayBackError in it"
