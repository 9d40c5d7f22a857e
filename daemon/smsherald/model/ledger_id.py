"""Which ledger a copy was made beside."""

from __future__ import annotations


def another_ledger(ours: str, theirs: object) -> bool:
    """Say whether a copy's word (`x-smsherald-ledger`) names another ledger than ours.

    A copy without one, or with what is no text, names none.
    """
    return isinstance(theirs, str) and theirs not in {"", ours}
