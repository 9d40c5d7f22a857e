"""Of aiohttp, twilio and jinja2."""

from __future__ import annotations

import inspect

import aiohttp
import jinja2
from aiohttp.connector import Connection
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError
from aiohttp.tracing import Trace
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from support.borrowed.row import Borrowed

CONNECTOR = "twilio/connector.py"
HTTP = "twilio/http.py"
TWILIO = "twilio/client.py"
REQUEST = "method, uri, params, data, headers, auth, timeout, allow_redirects"

_CLIENT = Client("user", "password")

AIOHTTP_TWILIO_AND_JINJA2 = [
    Borrowed(
        "aiohttp",
        "connector.TCPConnector.connect",
        (CONNECTOR,),
        "Tells whether a request may have left, and gives the transport to abort it; the tracing "
        "that is documented names no connection.",
        lambda: aiohttp.TCPConnector.connect,
        "(self, req, traces, timeout)",
    ),
    Borrowed(
        "aiohttp",
        "connector.Connection",
        (CONNECTOR,),
        "What `connect` returns, with its `transport`; aiohttp does not export it.",
        lambda: Connection.transport,
        "property",
    ),
    Borrowed(
        "aiohttp",
        "tracing.Trace",
        (CONNECTOR,),
        "A type in the signature of `connect`; aiohttp does not export it.",
        lambda: inspect.isclass(Trace),
        "True",
    ),
    Borrowed(
        "aiohttp",
        "streams.StreamReader.is_eof",
        (HTTP,),
        "That an answer at its end has given its connection back is said nowhere.",
        lambda: aiohttp.StreamReader.is_eof,
        "(self)",
    ),
    Borrowed(
        "twilio",
        "http.AsyncHttpClient",
        (HTTP,),
        "What `Client` asks; documented is only the one that it brings, which has no bounds.",
        lambda: AsyncHttpClient.request,
        f"(self, {REQUEST})",
    ),
    Borrowed(
        "twilio",
        "http.response.Response",
        (HTTP, TWILIO),
        "What a client of HTTP returns.",
        lambda: Response,
        "(status_code, text, headers)",
    ),
    Borrowed(
        "twilio",
        "base.client_base.ClientBase.request_async",
        (TWILIO,),
        "Resources hide status and code in an exception, and build an object of every answer.",
        lambda: Client.request_async,
        f"(self, {REQUEST})",
    ),
    Borrowed(
        "twilio",
        "base.domain.Domain.request_async",
        (TWILIO,),
        "The same, for the address of a following page, which names no host.",
        lambda: _CLIENT.api.request_async,
        f"({REQUEST})",
    ),
    Borrowed(
        "twilio",
        "base.domain.Domain.base_url",
        (TWILIO,),
        "`api_url`: the client knows regions of Twilio's, and no other address.",
        lambda: _CLIENT.api.base_url,
        "'https://api.twilio.com'",
    ),
    Borrowed(
        "twilio",
        "base.version.Version.absolute_url",
        (TWILIO,),
        "The address of the texts, for `request_async`.",
        lambda: _CLIENT.api.v2010.absolute_url("/Accounts"),
        "'https://api.twilio.com/2010-04-01/Accounts'",
    ),
    Borrowed(
        "aiohttp",
        "http_exceptions.HttpProcessingError",
        ("web/malformed.py",),
        "What is logged of bytes that are no request can be known by nothing else.",
        lambda: issubclass(BadHttpMessage, HttpProcessingError),
        "True",
    ),
    Borrowed(
        "jinja2",
        "runtime.Undefined._undefined_message",
        ("flows/language/missing.py",),
        "Its own sentence shows what an event holds; the error's text has no other hook.",
        lambda: vars(jinja2.Undefined)["_undefined_message"],
        "property",
    ),
]
