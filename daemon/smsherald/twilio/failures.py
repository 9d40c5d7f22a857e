"""Why a request to Twilio came to nothing: one word of a closed list for each way."""

from __future__ import annotations

import errno
import ssl

from aiohttp import (
    ClientConnectorDNSError,
    ClientPayloadError,
    ClientSSLError,
    ServerDisconnectedError,
)

from smsherald.model import Failure


def of_status(status: int) -> Failure | None:
    """Return the class of an HTTP status, None for 2xx."""
    match status // 100:
        case 2:
            return None
        case 4:
            return "http_429" if status == 429 else "http_4xx"  # noqa: PLR2004 - Too Many Requests.
        case 5:
            return "http_5xx"
        case _:
            return "http_other"


def without_connection(error: BaseException) -> Failure:
    """Say why there was no connection, by what aiohttp raised."""
    cause = _cause(error)
    if isinstance(error, ClientConnectorDNSError):
        return "no_address"
    if isinstance(error, ClientSSLError) or isinstance(cause, ssl.SSLError):
        return "tls"
    return _ended(cause) or "no_connection"


def on_connection(error: BaseException) -> Failure:
    """Say how a connection ended before a whole answer had come, by what aiohttp raised."""
    cause = _cause(error)
    if ended := _ended(cause):
        return ended
    if isinstance(cause, OSError | ServerDisconnectedError | ClientPayloadError):
        return "reset"
    # It came, and is no HTTP.
    return "http_other"


def _ended(cause: BaseException) -> Failure | None:
    if isinstance(cause, TimeoutError) or _number(cause) == errno.ETIMEDOUT:
        return "timeout"
    if isinstance(cause, ConnectionError) and not isinstance(cause, ConnectionRefusedError):
        return "reset"
    return "reset" if _number(cause) in {errno.ECONNRESET, errno.EPIPE} else None


def _cause(error: BaseException) -> BaseException:
    """Return the system's own error where aiohttp has wrapped it."""
    inner = getattr(error, "os_error", None)
    return inner if isinstance(inner, OSError) else error


def _number(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None
