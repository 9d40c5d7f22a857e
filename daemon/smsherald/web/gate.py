"""Who is let in where there is `http.token`: one who shows it."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error
from typing import Final

from aiohttp import web

from smsherald.look import SHARED
from smsherald.settings.secret import Secret

OPEN: Final = {"/livez", "/readyz", "/metrics", *SHARED}
"""Paths that ask for nothing: probes and scrapers, and what is the same for everybody."""

_ASKS: Final = {"WWW-Authenticate": 'Basic realm="smsherald", charset="UTF-8"'}


class Gate:
    """Lets in who asks for one of `OPEN`, or shows the token; everybody where there is none.

    It is shown as `Bearer`, or as the password of HTTP Basic: a browser asks a person for that by
    itself, and gives it to what the page fetches. Of the user nobody asks.
    """

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def lets_in(self, request: web.Request) -> bool:
        """Say whether a request is to be answered."""
        if self._token is None or request.path in OPEN:
            return True
        text = shown(request.headers.get("Authorization", ""))
        # In a time that says nothing of how much is right. A header's bytes that are no UTF-8 are
        # lone surrogates in its text.
        return hmac.compare_digest(self._token.reveal().encode(), text.encode(errors="replace"))

    @staticmethod
    def refusal() -> web.Response:
        """Return the answer to any other."""
        text = "http.token: as Bearer, or as the password of HTTP Basic\n"
        return web.Response(status=401, text=text, headers=_ASKS)


def shown(authorization: str) -> str:
    """Return the token that such a header shows, whatever it is; none is empty."""
    scheme, _, credentials = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip()
        case "basic":
            try:
                pair = b64decode(credentials.strip(), validate=True).decode()
            except (Error, ValueError):
                return ""
            return pair.partition(":")[2]
        case _:
            return ""
