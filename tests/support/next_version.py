"""smsherald of a next version: `python -m support.next_version MIGRATIONS ARGUMENTS…`.

Its ledgers are of version 2; MIGRATIONS is one of `support.migrations`.
"""

from __future__ import annotations

import sys

from smsherald.cli.main import main
from smsherald.ledger.sql import schema

if __name__ == "__main__":
    schema.VERSION = 2
    schema.MIGRATIONS = f"support.migrations.{sys.argv.pop(1)}"
    main()
