"""Another process that upgrades a ledger: `python -m support.upgrade_process URL MIGRATIONS [TO]`.

It prints the version that it finds, and what its upgrade did; with TO, its downgrade.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from smsherald.ledger.sql import schema, versions
from support.ledgers import LedgerDatabase
from support.upgrades import NEXT, with_next


def main() -> None:
    """Do what the arguments say."""
    url, migrations, *to = sys.argv[1:]
    schema.VERSION = NEXT
    schema.MIGRATIONS = with_next(migrations)
    with LedgerDatabase(url).storage(lock_timeout=30.0) as storage:
        print(storage.found, flush=True)  # noqa: T201 - whoever started it reads it
        if to:
            change = versions.bring_down(storage, int(to[0]))
        else:
            change = versions.bring_up(storage, upgrade=True)
        print(json.dumps(asdict(change)))  # noqa: T201 - the same


if __name__ == "__main__":
    main()
