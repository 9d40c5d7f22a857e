"""Where the ledger is can be said without any secret of its URL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsherald.errors import LedgerError
from smsherald.ledger.opening import described
from smsherald.settings.secret import Secret

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hunter2@h:5433/db", "postgresql://h:5433/db"),
        ("postgresql://u:hunter2@h:5432/db", "postgresql://h/db"),
        ("postgresql://u:hunter2@:5433/db", "postgresql://:5433/db"),
        ("postgresql://localhost:5433/db", "postgresql://localhost:5433/db"),
        ("postgresql://db.example:5433/db", "postgresql://db.example:5433/db"),
        ("postgres://u:hunter2@h/db", "postgres://h/db"),
        ("postgresql://h/db?password=hunter2&user=u", "postgresql://h/db"),
        ("postgresql://h/db?sslkey=/k&sslpassword=hunter2", "postgresql://h/db"),
        ("postgresql://h/db?options=-c%20a.b%3Dhunter2&passfile=hunter2", "postgresql://h/db"),
        ("postgresql:///db?host=/run/pg&password=hunter2", "postgresql://%2Frun%2Fpg/db"),
        ("postgresql:///?host=one:5432&host=two:5433&dbname=db", "postgresql://one,two:5433/db"),
        ("postgresql:///db?host=one,two&port=1,2", "postgresql://one:1,two:2/db"),
        ("postgresql:///db?host=one,two&port=5433", "postgresql://one:5433,two:5433/db"),
        ("postgresql://u:hunter2@h:5433/db?port=5434", "postgresql://h:5434/db"),
        ("postgresql:///db?port=5433", "postgresql://:5433/db"),
        ("postgresql:///db?host=/run/pg&port=5433", "postgresql://%2Frun%2Fpg:5433/db"),
        ("postgresql:///db?hostaddr=10.0.0.1", "postgresql://10.0.0.1/db"),
        ("postgresql:///db?host=u:hunter2@h:5433", "postgresql://h/db"),
        ("postgresql://[::1]:5433/db", "postgresql://[::1]:5433/db"),
        ("postgresql:///db?host=[::1]:5433", "postgresql://[::1]:5433/db"),
        ("postgresql:///db?hostaddr=::1", "postgresql://[::1]/db"),
        ("postgresql:///db?hostaddr=::1&port=5433", "postgresql://[::1]:5433/db"),
        ("postgresql:///db", "postgresql:///db"),
        ("sqlite:////var/lib/smsherald/ledger.db", "/var/lib/smsherald/ledger.db"),
        ("sqlite:///ledger.db", str(Path("ledger.db").absolute())),
        ("sqlite:///ledger.db?password=hunter2", str(Path("ledger.db").absolute())),
    ],
)
def test_a_ledger_is_shown_by_scheme_host_port_and_database_alone(url: str, shown: str) -> None:
    assert described(Secret(url)) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        # The host forgotten, the rest is a user and a password.
        ("postgresql://u:1234/db", "postgresql://u/db"),
        ("postgresql://:1234/db", "postgresql:///db"),
        ("postgresql:///db?host=hun@u:1234", "postgresql://u/db"),
        ("postgresql:///db?host=u:hunter2", "postgresql://u/db"),
        ("postgresql:///db?host=u:12:34", "postgresql://u/db"),
        # No number that a port can have, or not one for each host.
        ("postgresql://u:p@h:123456/db", "postgresql://h/db"),
        ("postgresql://u:p@h:0/db", "postgresql://h/db"),
        ("postgresql:///db?host=h&port=hunter2", "postgresql://h/db"),
        ("postgresql:///db?host=h&port=12,34", "postgresql://h/db"),
    ],
)
def test_what_may_be_a_password_is_not_shown_as_a_port(url: str, shown: str) -> None:
    assert described(Secret(url)) == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2/db",
        "postgresql://u:a@hunter2@h/db",
        "postgresql://u:a@hunter2:1234/b?c@h/db",
        "postgresql://u:a@b:1234/hunter2@h/db",
        "postgresql://u/hunter2:1234@h/db",
        "hunter2",
        "://hunter2",
    ],
)
def test_what_is_no_url_is_not_shown_at_all(url: str) -> None:
    with pytest.raises(LedgerError) as refused:
        described(Secret(url))

    assert not {PASSWORD, "1234"} & set(re.split(r"\W", str(refused.value)))
    assert refused.value.__context__ is None
