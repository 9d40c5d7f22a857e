"""Where the ledger is can be said without its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.ledger.opening import described
from smsherald.settings.secret import Secret


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hunter2@h:5433/db", "postgresql://u:***@h:5433/db"),
        ("postgresql://h/db?password=hunter2&user=u", "postgresql://h/db"),
        ("postgresql://h/db?sslkey=/k&sslpassword=hunter2", "postgresql://h/db"),
        ("postgresql:///db?host=/run/pg&password=hunter2", "postgresql:///db?host=%2Frun%2Fpg"),
        ("sqlite:////var/lib/smsherald/ledger.db", "/var/lib/smsherald/ledger.db"),
        ("sqlite:///ledger.db", str(Path("ledger.db").absolute())),
    ],
)
def test_a_ledger_is_shown_by_its_place_alone(url: str, shown: str) -> None:
    assert described(Secret(url)) == shown
