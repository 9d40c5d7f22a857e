"""Every version of the tables has its migration, and a way back."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

from smsherald import __version__
from smsherald.ledger.sql import schema

DOCUMENTED = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text()


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


def test_an_operator_finds_which_version_a_release_has_and_what_each_way_back_costs() -> None:
    release, _, _ = __version__.rpartition(".")
    versions = re.findall(r"^\| (\d+\.\d+) \| (\d+) \|$", DOCUMENTED, re.MULTILINE)
    ways = re.findall(r"^\| (\d+) \| (\d+) \| ", DOCUMENTED, re.MULTILINE)

    assert versions[-1] == (release, str(schema.VERSION))
    assert ways == [(str(each), str(each - 1)) for each in range(2, schema.VERSION + 1)]
