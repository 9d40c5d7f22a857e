"""Messages that no client would write, byte by byte: properties and headers as they go over."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import pika

from support.publishing import PUBLISHERS, channel

# Which property stands where, in the flags that come before them (AMQP 0-9-1, 4.2.6.1).
CONTENT_TYPE, CONTENT_ENCODING, HEADERS = 1 << 15, 1 << 14, 1 << 13
PRIORITY, CORRELATION_ID = 1 << 11, 1 << 10
MESSAGE_ID, TIMESTAMP, TYPE, APP_ID = 1 << 7, 1 << 6, 1 << 5, 1 << 3


def sized(value: bytes) -> bytes:
    """Return a long string, a table or an array: its length, and itself."""
    return struct.pack(">I", len(value)) + value


def short(value: bytes) -> bytes:
    """Return a short string: a property's value, or a header's name."""
    return bytes([len(value)]) + value


def header(name: bytes, value: bytes) -> bytes:
    """Return one entry of a table; the value begins with its type's letter."""
    return short(name) + value


def text(value: bytes) -> bytes:
    """Return a header's value that says it is text."""
    return b"S" + sized(value)


def nested(levels: int) -> bytes:
    """Return the entries of a table of tables."""
    entries = b""
    for _ in range(levels):
        entries = header(b"a", b"F" + sized(entries))
    return entries


class Raw(pika.BasicProperties):
    """Properties as bytes, each by its flag; `entries` are the headers' alone."""

    def __init__(self, entries: bytes = b"", **properties: bytes) -> None:
        super().__init__()
        self.values = {globals()[name.upper()]: value for name, value in properties.items()}
        if entries:
            self.values[HEADERS] = sized(entries)

    def encode(self) -> list[bytes]:
        """Return what pika writes into the content header."""
        ordered = sorted(self.values.items(), reverse=True)
        return [struct.pack(">H", sum(self.values)), *(value for _, value in ordered)]


@dataclass(frozen=True, slots=True)
class Crafted:
    """One message as it is published."""

    routing_key: bytes
    body: bytes
    properties: pika.BasicProperties


def publish_crafted(url: str, messages: Sequence[Crafted], exchange: str = "events") -> None:
    """Publish, each mandatory and confirmed; the order is kept within each of some connections."""

    def share(start: int) -> None:
        with channel(url) as to:
            to.confirm_delivery()
            for it in messages[start::PUBLISHERS]:
                # The client passes bytes on, whatever its type hints say.
                key = cast("str", it.routing_key)
                to.basic_publish(exchange, key, it.body, it.properties, mandatory=True)

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        list(pool.map(share, range(PUBLISHERS)))
