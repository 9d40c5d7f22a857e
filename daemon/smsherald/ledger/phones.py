"""What the ledger keeps of a phone number once the number itself is gone.

A support agent who has the number finds its rows. There are too few numbers for a digest without
a key, and the key stands in the ledger: who has rows alone does not find the number, who has all
of it can try every one.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

_SIZE = 16


def new_key() -> bytes:
    """Return a key for the digests of one ledger."""
    return secrets.token_bytes(32)


def digest(key: bytes, number: str) -> str:
    """Return what is searched for: BLAKE2b, keyed, 128 bits as hexadecimal digits."""
    return blake2b(number.encode(), key=key, digest_size=_SIZE).hexdigest()


def tail(number: str) -> str:
    """Return the two digits that a person may see."""
    return number[-2:]
