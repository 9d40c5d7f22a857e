"""twilio-python's requests over one aiohttp session, failures told apart by what they mean."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Self, TypeAlias

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    encode_basic_auth,
)
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from smsherald.errors import SmsheraldError
from smsherald.model import Failure
from smsherald.settings.urls import Proxy
from smsherald.twilio import dates, failures
from smsherald.twilio.connector import EXCHANGE, Connector, Exchange

Field: TypeAlias = str | int | tuple[str, ...]

MAX_ANSWER = 64 * 1024
"""Bytes of an answer to a request to send: it names one text."""
MAX_LISTING = 16 * 1024 * 1024
"""Bytes of any other. A page of 1,000 texts of 1,600 characters, all escaped, is some 11 MB."""
MOST_LISTINGS = 8
"""Of those at once: as many as there is memory for."""

_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_FORMAT = zlib.MAX_WBITS | 32
"""zlib: it finds out by itself which of the two it is."""

_SECONDS = re.compile(r"[0-9]{1,9}")


class NoAnswerError(SmsheraldError):
    """No whole answer came to a request; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class NotSentError(NoAnswerError):
    """Nothing of the request can have left: there was no connection for it."""


class NoTurnError(NotSentError):
    """It was not even tried: those before it took too long."""


class UnansweredError(NoAnswerError):
    """The request may have left."""


class HttpClient(AsyncHttpClient):  # type: ignore[misc]  # twilio ships no types.
    """What twilio's `Client` asks to make a request; open as a context manager.

    `timeout` (seconds) is for the whole of a request, `connections` bounds how many there are.
    `proxy` stands before all of them; what the environment says of proxies is not asked.
    It never repeats a POST (aiohttp may a GET) and follows no redirect. Neither it nor its
    errors say what was asked: an address can hold a phone number, and a header the password.
    """

    def __init__(self, *, timeout: float, connections: int, proxy: Proxy | None = None) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=timeout)
        self._connections = connections
        self._proxy = None if proxy is None else proxy.address
        self._to_proxy = {} if proxy is None else _signed_in(proxy)
        self._session: ClientSession | None = None
        self._listings = asyncio.Semaphore(MOST_LISTINGS)
        self._authorizations: dict[tuple[str, str], str] = {}

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=Connector(limit=self._connections, timeout=self.timeout),
            cookie_jar=DummyCookieJar(),
            # Whole seconds, aiohttp's habit above five, would outlast what the ledger counts on.
            timeout=ClientTimeout(total=self.timeout, ceil_threshold=math.inf),
            # A compressed answer has no bound that is known before it is expanded. Where one comes
            # all the same, we expand it ourselves, as far as we read any.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    def way_to(self, address: str) -> str:
        """Return the host and port of an address, and of the proxy before it: nothing else."""
        to = _host_and_port(address)
        return to if self._proxy is None else f"{to} by the proxy {_host_and_port(self._proxy)}"

    async def request(
        self,
        method: str,
        uri: str,
        *,
        params: Mapping[str, Field] | None = None,
        data: Mapping[str, Field] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - twilio's signature; ours is fixed.
        allow_redirects: bool = False,  # noqa: ARG002 - The same.
    ) -> Response:
        """Make a request. Raises NotSentError or UnansweredError where there is no answer.

        What is not a POST waits for a turn first, for no longer than `timeout`: then NoTurnError.
        """
        if self._session is None:
            raise RuntimeError("The HTTP client is not open.")
        address = f"{uri}?{_urlencoded(params)}" if params else uri
        # As bytes: aiohttp makes a multipart writer of a mapping.
        form = _urlencoded(data).encode() if data else None
        headers = self._authorized(headers or {}, auth)
        if method == "POST":
            return await self._asked(self._session, method, address, form, headers)
        await self._turn()
        try:
            return await self._asked(self._session, method, address, form, headers)
        finally:
            self._listings.release()

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(self.timeout):
                await self._listings.acquire()
        except TimeoutError:
            raise NoTurnError("timeout") from None

    async def _asked(
        self,
        session: ClientSession,
        method: str,
        address: str,
        form: bytes | None,
        headers: Mapping[str, str],
    ) -> Response:
        exchange = Exchange()
        token = EXCHANGE.set(exchange)
        response: ClientResponse | None = None
        try:
            if self._to_proxy and not address.startswith("https:"):
                # Without TLS there is no tunnel: the proxy reads the request itself.
                headers = {**headers, **self._to_proxy}
            response = await session.request(
                method,
                address,
                data=form,
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy,
                proxy_headers=self._to_proxy,
            )
            body = await _read(response, MAX_ANSWER if method == "POST" else MAX_LISTING)
        except BaseException as error:
            # A response that came to its end has given its connection back, and another request
            # may be on it by now.
            if response is None or not response.content.is_eof():
                exchange.abort()
            if response is not None:
                response.close()
            if not isinstance(error, ClientError | OSError):
                raise
            if exchange.transport is None:
                raise NotSentError(failures.without_connection(error)) from None
            raise UnansweredError(failures.on_connection(error)) from None
        finally:
            EXCHANGE.reset(token)
        return Response(response.status, body.decode(errors="replace"), response.headers)

    def _authorized(
        self, headers: Mapping[str, str], auth: tuple[str, str] | None
    ) -> Mapping[str, str]:
        if auth is None:
            return headers
        value = self._authorizations.get(auth)
        if value is None:
            value = self._authorizations[auth] = encode_basic_auth(*auth)
        return {**headers, "Authorization": value}


def _urlencoded(fields: Mapping[str, Field]) -> str:
    """Encode a form (WHATWG URL, 5.2), or a query: yarl does so four times as fast as urllib.

    What has several values stands there as often. Raises UnicodeEncodeError for half of a surrogate
    pair: yarl would leave it out.
    """
    for value in fields.values():
        ("".join(value) if isinstance(value, tuple) else str(value)).encode()
    return URL.build(query=fields).raw_query_string


def _host_and_port(address: str) -> str:
    url = URL(address)
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host
    return f"{host}:{url.port}"


def _signed_in(proxy: Proxy) -> Mapping[str, str]:
    if proxy.user is None:
        return {}
    signed = encode_basic_auth(proxy.user.reveal(), proxy.password.reveal(), "utf-8")
    return {"Proxy-Authorization": signed}


async def _read(response: ClientResponse, most: int) -> bytes:
    """Return the whole body. Raises UnansweredError for one of more bytes than `most`."""
    chunks = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > most:
            raise UnansweredError("http_other")
        chunks.append(chunk)
    body = b"".join(chunks)
    encoding = response.headers.get("Content-Encoding")
    return body if encoding is None else _expanded(body, encoding, most)


def _expanded(body: bytes, encoding: str, most: int) -> bytes:
    """Return what was compressed, or the body as it is where we do not know how."""
    if encoding.strip().lower() not in _COMPRESSED:
        return body
    try:
        # One byte more than it may be: enough to see that it is.
        expanded = zlib.decompressobj(_EITHER_FORMAT).decompress(body, most + 1)
    except zlib.error:
        return body
    if len(expanded) > most:
        raise UnansweredError("http_other")
    return expanded


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, None where it asks nothing.

    It holds seconds or a date (RFC 9110, 10.2.3); `now` is seconds since the epoch.
    """
    if value is None:
        return None
    seconds = value.strip()
    if _SECONDS.fullmatch(seconds):
        return float(seconds)
    date = dates.read(value)
    return None if date is None else max(0.0, date - now)


def succeeded(status: int) -> bool:
    """Say whether an HTTP status is 2xx."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
