"""Copying a ledger to another database: it is moved there, or backed up.

A move never leaves two ledgers that a daemon would use, nor none that can become one, wherever it
is cut off. Each step is one transaction:

1. the target gets tables, and says that it is unfinished;
2. every row is copied, and compared;
3. the source says that it has moved: daemons that still have it open are kept from it;
4. the target is opened.

The source is locked from before the first step until after the third. What is cut off before that
is begun again, what is cut off after it is opened.
"""

from __future__ import annotations

from smsherald.ledger.moving.copying import Copied, Wishes, copy
from smsherald.ledger.moving.errors import CopyError, InUseError
from smsherald.ledger.moving.tables import Tally

__all__ = ["Copied", "CopyError", "InUseError", "Tally", "Wishes", "copy"]
