"""A large ledger moves to PostgreSQL, and what comes again is not texted again."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from contextlib import suppress

import pytest
from sqlalchemy import text

from acceptance.conftest import Shop
from smsherald.ledger.sql.schema import sms
from support.ledgers import LedgerDatabase
from support.postgres import Postgres
from support.process import COMMAND
from support.publishing import order

ROWS = int(os.environ.get("SMSHERALD_COPIED_ROWS", "100000"))
"""A million of them take minutes."""
LOAD = 3000
ANEW = {
    "key": "lower(hex(randomblob(32)))",
    "event_id": "lower(hex(randomblob(32)))",
    "sid": "'SM' || lower(hex(randomblob(16)))",
    "reference": "'F' || number",
}


def fill_up(database: LedgerDatabase) -> None:
    """Let as many rows as it takes look like the first, each of its own event."""
    columns = ", ".join(f'"{column.name}"' for column in sms.columns)
    values = ", ".join(ANEW.get(column.name, f'"{column.name}"') for column in sms.columns)
    with database.connect() as connection:
        connection.execute(
            text(  # The names are ours.
                "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL"  # noqa: S608 - as above
                f" SELECT number + 1 FROM numbers WHERE number < {ROWS - LOAD})"
                f" INSERT INTO sms ({columns}) SELECT {values}"
                " FROM numbers, (SELECT * FROM sms WHERE notified_at IS NOT NULL LIMIT 1)"
            )
        )


def on_a_terminal(shop: Shop, *arguments: str) -> str:
    """Run a command where somebody looks; return what it says there."""
    terminal, its_end = pty.openpty()
    environment = shop.daemon.environment | {"SMSHERALD_CONFIG": str(shop.daemon.config)}
    with subprocess.Popen(
        [COMMAND, *arguments],
        env={**os.environ, **environment, "TERM": "xterm", "COLUMNS": "100"},
        stdout=its_end,
        stderr=its_end,
    ) as process:
        os.close(its_end)
        said = b""
        # A terminal that nobody has any more cannot be read: EIO.
        with suppress(OSError):
            while part := os.read(terminal, 65536):
                said += part
        os.close(terminal)
    assert process.returncode == 0, said
    return said.decode()


@pytest.mark.long
@pytest.mark.takes(60)
def test_all_rows_move_and_nothing_is_texted_again(shop: Shop, postgres: Postgres) -> None:
    shop.publish([order(number) for number in range(LOAD)])
    shop.settled(LOAD)
    assert shop.daemon.stop() == 0
    source = LedgerDatabase(shop.daemon.settings["ledger"]["url"])
    fill_up(source)

    with postgres.database() as name:
        said = on_a_terminal(shop, "ledger", "copy", "--to", postgres.url(name), "--force")
        percents = {int(each) for each in re.findall(r"(\d+)%", said)}
        assert len(percents) > 5
        assert max(percents) == 100
        assert re.search(rf"sms +{ROWS} rows, the same on both sides", said)

        shop.daemon.start(ready=False)
        assert shop.daemon.wait() == 78
        assert "has been moved to postgresql://" in shop.daemon.stderr.read_text()

        shop.daemon.settings["ledger"]["url"] = postgres.url(name)
        with shop.daemon:
            shop.publish([order(number) for number in range(LOAD + 1)])
            shop.settled(LOAD + 1)

            assert shop.sandbox.count() == LOAD + 1
            assert len({text["body"] for text in shop.sandbox.texts()}) == LOAD + 1
