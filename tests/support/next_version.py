"""smsherald of a next version: `python -m support.next_version MIGRATIONS ARGUMENTS…`.

Its ledgers are of version `upgrades.NEXT`; MIGRATIONS is one of `support.migrations`.
"""

from __future__ import annotations

import sys

from smsherald.cli.main import main
from smsherald.ledger.sql import schema
from support.upgrades import NEXT, with_next

if __name__ == "__main__":
    schema.VERSION = NEXT
    schema.MIGRATIONS = with_next(sys.argv.pop(1))
    main()
