"""The URLs of the settings, taken apart strictly: what can be read two ways is refused.

A lenient parser makes of `amqp://user:12/34@host` a port and a virtual host, and whoever shows
those shows half a password. So there is one grammar for all of them, and what signed in is a
Secret from the first. No sentence shows what was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from smsherald.settings.secret import Secret

_URL = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?:(?P<user>[^\s/?#@:]*)(?::(?P<password>[^\s/?#@]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^\s?#@]*)?"
    r"(?:\?(?P<query>[^\s#@]*))?",
)
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORTS = 65_536
_TLS_OPTIONS = frozenset({"cacertfile", "certfile", "keyfile"})
_ESCAPED = (
    "in a user or password, signs such as @, :, / and # are written %40, %3A, %2F and %23, and % "
    "itself %25"
)
_NO_AMQP = f"must be amqp://user:password@host:port/virtual-host; {_ESCAPED}"
_SEVERAL = "; several URLs are split by `;`"
_NO_POSTGRESQL = f"must be postgresql://user:password@host:port/database; {_ESCAPED}"
_NO_PROXY = f"must be http://host:port or http://user:password@host:port; {_ESCAPED}"
_NO_HTTP = "must be http://host:port or https://host, without a path"
_NO_MANAGEMENT = f"must be http://user:password@host:15672; {_ESCAPED}"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in its parts; empty where it has none.

    Only host and port may be shown: what else was given may be a password, written wrongly.
    """

    scheme: str
    user: Secret
    password: Secret
    host: str
    port: int | None
    path: str = field(repr=False)
    """As it was written; what can be decoded, user and password are."""
    query: str = field(repr=False)


def take_apart(text: str) -> Url | None:
    """Return the parts of a URL; None for what is none, or could be read in two ways."""
    match = _URL.fullmatch(text)
    if match is None or _NO_ESCAPE.search(text) or match["port"] == "0":
        return None
    port = None if match["port"] is None else int(match["port"])
    if port is not None and not 0 < port < _PORTS:
        return None
    try:
        user, password = (
            unquote(match[name] or "", errors="strict") for name in ("user", "password")
        )
        unquote(match["path"] or "", errors="strict")
    except UnicodeDecodeError:
        return None
    return Url(
        scheme=match["scheme"],
        user=Secret(user),
        password=Secret(password),
        host=match["host"].strip("[]").lower(),
        port=port,
        path=match["path"] or "",
        query=match["query"] or "",
    )


@dataclass(frozen=True, slots=True)
class AmqpUrl:
    """One broker. `options` are those of TLS."""

    host: str
    port: int
    user: Secret
    password: Secret
    virtual_host: str = field(repr=False)
    secure: bool
    options: dict[str, str] = field(repr=False)


def amqp_url(text: str) -> AmqpUrl:
    """Read one AMQP URL; user and password are RabbitMQ's `guest` where it has none.

    The query may name `cacertfile`, `certfile` and `keyfile`, as RabbitMQ's URI query parameters
    do.
    """
    if not text.startswith(("amqp://", "amqps://")):
        message = "must begin with amqp:// or amqps://, or be memory:// alone"
        raise ValueError(message)
    url = take_apart(text)
    # `amqp://a,amqp://b` has a virtual host with a comma, and most of the second URL in it.
    if url is None or not url.host or any(sign in url.path for sign in ",:"):
        raise ValueError(_NO_AMQP + _SEVERAL)
    secure = url.scheme == "amqps"
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    if options.keys() - (_TLS_OPTIONS if secure else set()):
        message = "takes no such options: only amqps:// takes any, cacertfile, certfile and keyfile"
        raise ValueError(message)
    return AmqpUrl(
        host=url.host,
        port=url.port or (5671 if secure else 5672),
        user=url.user if url.user.reveal() else Secret("guest"),
        password=url.password if url.password.reveal() else Secret("guest"),
        virtual_host=unquote(url.path[1:]) or "/",
        secure=secure,
        options=options,
    )


def amqp_urls(text: str) -> list[AmqpUrl]:
    """Read one AMQP URL, or several split by `;`."""
    urls = text.split(";")
    found = []
    for number, url in enumerate(urls, start=1):
        which = "" if len(urls) == 1 else f"URL {number} of {len(urls)}: "
        try:
            found.append(amqp_url(url.strip()))
        except ValueError as error:
            message = f"{which}{error}"
            raise ValueError(message) from None
    return found


def broker_url(text: str) -> str:
    """Take one AMQP URL, several split by `;`, or `memory://` alone."""
    if text in {"memory://", "memory:///"}:
        return "memory://"
    amqp_urls(text)
    return text


def ledger_url(text: str) -> str:
    """Take `sqlite:///` with a file, or `postgresql://` (`postgres://`) with a database."""
    if text.startswith(("postgresql:", "postgres:")):
        url = take_apart(text)
        if url is None or not url.path.strip("/"):
            raise ValueError(_NO_POSTGRESQL)
        return text
    path = text.removeprefix("sqlite:///")
    if path == text or not path or path.startswith((":memory:", "?")):
        message = "must be sqlite:///path/to/ledger.db or postgresql://user:password@host/database"
        if text.startswith("sqlite:"):
            message = "must be sqlite:///path/to/ledger.db; what is in memory only is no ledger"
        raise ValueError(message)
    return text


def http_url(text: str) -> str:
    """Take the beginning of a web address, without path or query; a slash at its end goes."""
    url = take_apart(text)
    if (
        url is None
        or url.scheme not in {"http", "https"}
        or not url.host
        or url.path not in {"", "/"}
        or "@" in text
        or "?" in text
    ):
        raise ValueError(_NO_HTTP)
    return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy of HTTP; `user` is None where it asks nobody to sign in."""

    address: str
    user: Secret | None
    password: Secret


def proxy(text: str) -> Proxy:
    """Read `http://user:password@host:port`."""
    url = take_apart(text)
    if (
        url is None
        or url.scheme != "http"
        or not url.host
        or url.port is None
        or url.path not in {"", "/"}
        or url.query
    ):
        raise ValueError(_NO_PROXY)
    host = f"[{url.host}]" if ":" in url.host else url.host
    user = url.user if url.user.reveal() else None
    return Proxy(f"http://{host}:{url.port}", user, url.password)


@dataclass(frozen=True, slots=True)
class Management:
    """Where RabbitMQ's management plugin answers, and who asks it."""

    address: str
    """Without user and password; no slash at its end."""
    user: Secret
    password: Secret


def management(text: str) -> Management:
    """Read `http://user:password@host:15672`, with a path where the plugin has a prefix."""
    url = take_apart(text)
    if (
        url is None
        or url.scheme not in {"http", "https"}
        or not url.host
        or not url.user.reveal()
        or not url.password.reveal()
        or url.query
    ):
        raise ValueError(_NO_MANAGEMENT)
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port is None else f":{url.port}"
    return Management(f"{url.scheme}://{host}{port}{url.path.rstrip('/')}", url.user, url.password)


def management_url(text: str) -> str:
    """Take what `management` can read."""
    management(text)
    return text
