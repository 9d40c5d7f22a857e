"""A guard against other websites that the visitor's browser has open."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web


def require_own_origin(request: web.Request) -> None:
    """Let a request that changes something come from our own page, or from no browser at all.

    Browsers send `Origin` with every such request; curl and test clients do not.
    Raises aiohttp's HTTPForbidden.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="This request comes from another website.")
