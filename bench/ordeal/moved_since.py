"""`smsherald` with a defect: a take-over moves `since`, so look-ups begin after the request.

Run it with `python -P`: this folder must not shadow others' modules.
"""

from __future__ import annotations

from smsherald.cli.main import main
from smsherald.ledger.sql import statements

SOUND = "claimed_at = $now"

if __name__ == "__main__":
    # The product has no switch for it.
    whole = statements._TAKE_OVER  # noqa: SLF001 - as it says
    assert whole.count(SOUND) == 1, "the statement has become another"
    statements._TAKE_OVER = whole.replace(SOUND, f"since = $now, {SOUND}")  # noqa: SLF001 - the same
    main()
