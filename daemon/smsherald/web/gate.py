"""Who is let in where there is `http.token`: one who shows it."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from smsherald.look import SHARED
from smsherald.settings.secret import Secret

OPEN: Final = {"/livez", "/readyz", "/metrics", *SHARED}
"""Paths that ask for nothing: probes and scrapers, and what is the same for everybody."""

_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Middleware: TypeAlias = Callable[[web.Request, _Handler], Awaitable[web.StreamResponse]]
_ASKS: Final = {"WWW-Authenticate": 'Basic realm="smsherald", charset="UTF-8"'}


def gate(token: Secret | None) -> _Middleware:
    """Return what answers 401 to all but `OPEN`, unless the request shows the token.

    It is shown as `Bearer`, or as the password of HTTP Basic: a browser asks a person for that by
    itself, and gives it to what the page fetches. Of the user nobody asks.
    """

    @web.middleware
    async def attend(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if (
            token is None
            or request.path in OPEN
            or _is(token, shown(request.headers.get("Authorization", "")))
        ):
            return await handler(request)
        return web.Response(
            status=401,
            text="http.token: as Bearer, or as the password of HTTP Basic\n",
            headers=_ASKS,
        )

    return attend


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


def _is(token: Secret, text: str) -> bool:
    """Compare them in a time that says nothing of how much is right."""
    # A header's bytes that are no UTF-8 are lone surrogates in its text.
    return hmac.compare_digest(token.reveal().encode(), text.encode(errors="replace"))
