"""A broker's URL as what kombu needs to connect there, and what to see to where that fails."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from amqp.exceptions import AccessRefused, ChannelError, NotAllowed
from amqp.method_framing import frame_writer
from kombu import Connection
from kombu.transport.pyamqp import Transport

from smsherald.errors import RefusedError, UnreachableError
from smsherald.settings.secret import Secret
from smsherald.settings.urls import AmqpUrl, amqp_urls

CONNECT_TIMEOUT = 3.0
WRITE_TIMEOUT = 3.0
"""How long a broker that reads nothing may hold up the loop before the session is given up."""
REFUSALS = (AccessRefused, NotAllowed)
"""Its user or password, or its virtual host."""
URL = "broker.url (as shipped: BROKER_URL)"
"""The setting, and the variable that it is taken from in the settings as they are shipped."""

_LOGIN = (0, 0)
"""The method that RabbitMQ names where it refuses a login: none had been called."""
_OPEN = (10, 40)
"""`connection.open`, which names the virtual host."""


class _Amqp(Transport.Connection):  # type: ignore[misc]
    """A connection that leaves no socket behind, whatever its peer says in the handshake.

    py-amqp closes it for an OSError alone; a peer that is no broker brings much else.
    """

    def connect(self, callback: Callable[[], Any] | None = None) -> Any:
        try:
            return super().connect(callback)
        except BaseException:
            self.collect()
            raise


class _Transport(Transport):  # type: ignore[misc]
    Connection = _Amqp


@dataclass(frozen=True, slots=True)
class Address:
    """One broker node. `tls` is None for plain AMQP, else py-amqp's `ssl` options.

    As text it is host and port: nothing else of a URL is shown.
    """

    host: str
    port: int
    user: Secret
    password: Secret
    virtual_host: str = field(repr=False)
    tls: dict[str, Any] | None = field(repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def known(self) -> str:
        """It with its virtual host, for whom the broker has let in: that is no misread password."""
        return f"{self} (virtual host {self.virtual_host})"

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
            transport=_Transport,
            hostname=self.host,
            port=self.port,
            userid=self.user.reveal(),
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
    """Read `broker.url`: one AMQP URL, or several split by `;`.

    Raises ValueError, with a sentence, for what the settings would refuse.
    """
    return list(map(_address, amqp_urls(urls)))


def _address(url: AmqpUrl) -> Address:
    """Return where one URL leads.

    The peer's certificate is always verified, its host name too: py-amqp checks the name only
    where it is told one.
    """
    tls = {
        "server_hostname": url.host,
        "ca_certs": url.options.get("cacertfile"),
        "certfile": url.options.get("certfile"),
        "keyfile": url.options.get("keyfile"),
    }
    return Address(
        host=url.host,
        port=url.port,
        user=url.user,
        password=url.password,
        virtual_host=url.virtual_host,
        tls={name: value for name, value in tls.items() if value is not None}
        if url.secure
        else None,
    )


def remedy(error: Exception) -> str | None:
    """Say what to see to, without a full stop; None where no setting is to blame."""
    todo: str | None
    match error:
        case AccessRefused(method_sig=sig) if sig == _LOGIN:
            todo = f"see to user and password in {URL}"
        case NotAllowed(method_sig=sig) if sig == _OPEN:
            todo = f"see to the virtual host in {URL}, and whether its user may use it"
        case AccessRefused():
            todo = f"give the user in {URL} the rights (rabbitmqctl set_permissions)"
        case socket.gaierror():
            todo = f"see to the host in {URL}, and to DNS"
        case ssl.SSLError():
            todo = f"see to the broker's certificate, and to host, port and cacertfile in {URL}"
        case ConnectionRefusedError():
            todo = f"see whether RabbitMQ runs there, and to host and port in {URL}"
        case TimeoutError():
            todo = f"see to the network between, and to host and port in {URL}"
        case _:
            todo = None
    return todo


def sentence(error: Exception) -> str:
    """Say what happened; some of py-amqp's errors have no text of their own."""
    return ": ".join(filter(None, (type(error).__name__, str(error).rstrip("."))))


def ended(error: Exception) -> UnreachableError:
    """Say to who publishes what ended that: the broker closes the channel of what it refuses."""
    todo = remedy(error) or ""
    if isinstance(error, ChannelError):
        return RefusedError(f"the broker refused an event: {str(error).rstrip('.')}", todo)
    went = f"the broker went away before it confirmed an event: {sentence(error)}"
    return UnreachableError(went, todo)
