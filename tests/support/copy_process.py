"""Another process that copies a ledger: `python -m support.copy_process URL TO NUMBER`.

It is killed by itself before its transaction of that number is committed.
"""

from __future__ import annotations

import os
import signal
import sys

from support.copies import at_commit, copy
from support.ledgers import LedgerDatabase


def main() -> None:
    """Do what the arguments say."""
    source, target, number = sys.argv[1:]
    with at_commit(int(number), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        copy(LedgerDatabase(source), LedgerDatabase(target))


if __name__ == "__main__":
    main()
