"""The secrets of the tests' settings, and that nothing which leaves a process shows one.

All that tests start is looked through for them: what it wrote, what its pages say, what it told.
"""

from __future__ import annotations

AUTH_TOKEN = "secret-of-twilio-6b1f"
BROKER_PASSWORD = "secret-of-the-broker-90ac"
DATABASE_PASSWORD = "secret-of-the-database-17de"
PROXY_PASSWORD = "secret-of-the-proxy-52c8"
HTTP_TOKEN = "secret-of-the-page-4c1e"

EVERY = (AUTH_TOKEN, BROKER_PASSWORD, DATABASE_PASSWORD, PROXY_PASSWORD, HTTP_TOKEN)
COMMON = "secret-of-"
"""What each begins with: half of one is found too."""


def require_none(text: str, where: str) -> None:
    """Fail where a text shows one, or a part of one."""
    if COMMON in text:
        shown = text[max(0, text.index(COMMON) - 200) :][:400]
        message = f"{where} shows a secret: …{shown}…"
        raise AssertionError(message)
