"""A broker's URL as what kombu needs to connect there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from amqp.method_framing import frame_writer
from kombu import Connection

from smsherald.settings.secret import Secret

CONNECT_TIMEOUT = 3.0
WRITE_TIMEOUT = 3.0
"""How long a broker that reads nothing may hold up the loop before the session is given up."""


@dataclass(frozen=True, slots=True)
class Address:
    """One broker node. `tls` is None for plain AMQP, else py-amqp's `ssl` options."""

    host: str
    port: int
    user: str
    password: Secret
    virtual_host: str
    tls: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def connection(
        self,
        name: str,
        heartbeat: float,
        frame_writer: Callable[..., Any] = frame_writer,
        on_blocked: Callable[[str], None] | None = None,
        on_unblocked: Callable[[], None] | None = None,
    ) -> Connection:
        """Return a connection that has not connected yet; `name` is what the broker shows."""
        return Connection(
            transport="pyamqp",
            hostname=self.host,
            port=self.port,
            userid=self.user,
            password=self.password.reveal(),
            virtual_host=self.virtual_host,
            ssl=self.tls or False,
            heartbeat=heartbeat,
            connect_timeout=CONNECT_TIMEOUT,
            transport_options={
                "client_properties": {"connection_name": name},
                "frame_writer": frame_writer,
                "on_blocked": on_blocked,
                "on_unblocked": on_unblocked,
                "write_timeout": WRITE_TIMEOUT,
            },
        )


def connect(connection: Connection) -> None:
    """Connect, or raise what py-amqp raised; blocks.

    kombu's own `connect` would sleep two seconds between its two tries.
    """
    connection.ensure_connection(
        max_retries=1, interval_start=0, interval_step=0, reraise_as_library_errors=False
    )


def addresses(urls: str) -> list[Address]:
    """Read `broker.url`: one AMQP URL, or several split by `;`."""
    return [_address(url.strip()) for url in urls.split(";")]


def _address(url: str) -> Address:
    """Read one URL.

    The query may name `cacertfile`, `certfile` and `keyfile`, as RabbitMQ's URI query parameters
    do. The peer's certificate is always verified, its host name too: py-amqp checks the name only
    where it is told one.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "amqps"
    host = parts.hostname or "localhost"
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = {
        "server_hostname": host,
        "ca_certs": query.get("cacertfile"),
        "certfile": query.get("certfile"),
        "keyfile": query.get("keyfile"),
    }
    return Address(
        host=host,
        port=parts.port or (5671 if secure else 5672),
        user=unquote(parts.username or "guest"),
        password=Secret(unquote(parts.password or "guest")),
        virtual_host=unquote(parts.path[1:]) or "/",
        tls={name: value for name, value in tls.items() if value is not None} if secure else None,
    )
