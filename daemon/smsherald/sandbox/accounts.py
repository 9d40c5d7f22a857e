"""Who may use the sandbox, and as which account."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Mapping

from smsherald.sandbox.refusals import NOT_AUTHENTICATED, Refusal, not_found


def authorize(
    header: str | None, account: str, path: str, accounts: Mapping[str, str] | None
) -> Refusal | None:
    """Check a request's `Authorization` header for an account; None lets it in.

    `accounts` maps users (account SIDs, API keys) to passwords; None takes whoever is shaped
    like either. As at Twilio, another account's resources are not forbidden but not there.
    """
    user = user_of(header, accounts)
    if user is None:
        return NOT_AUTHENTICATED
    exists = account.startswith("AC") and (accounts is None or account in accounts)
    if not exists or (user.startswith("AC") and user != account):
        return not_found(path)
    return None


def user_of(header: str | None, accounts: Mapping[str, str] | None) -> str | None:
    """Return who signs in with an `Authorization` header, None where nobody may."""
    credentials = _basic(header)
    return credentials[0] if credentials and _known(*credentials, accounts) else None


def _basic(header: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64Error, UnicodeDecodeError):
        return None
    return (user, password) if colon and password else None


def _known(user: str, password: str, accounts: Mapping[str, str] | None) -> bool:
    if accounts is None:
        return user.startswith(("AC", "SK"))
    expected = accounts.get(user)
    return expected is not None and hmac.compare_digest(expected.encode(), password.encode())
