"""What py-amqp cannot read or write of a stranger's properties."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import amqp
import pytest

from smsherald.broker.rabbitmq.properties import can_be_written, without_bad_dates

FRAME_MAX = 131_072
HEADERS = 1 << 13
CONTENT_TYPE, MESSAGE_ID = 1 << 15, 1 << 7


def entry(name: bytes, letter: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + letter + value


def sized(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def header(*entries: bytes, message_id: bytes = b"") -> bytes:
    """Return a content header with a content type, a table of headers, and perhaps an id."""
    flags = CONTENT_TYPE | HEADERS | (MESSAGE_ID if message_id else 0)
    written = struct.pack(">HHQH", 60, 0, 2, flags) + b"\x04json" + sized(b"".join(entries))
    return written + (bytes([len(message_id)]) + message_id if message_id else b"")


def read(wire: bytes) -> dict[str, Any]:
    """Return the properties as py-amqp has them."""
    message = amqp.Message()
    message.inbound_header(wire)
    return dict(message.properties)


MILLISECONDS = entry(b"at", b"T", struct.pack(">Q", 1_700_000_000_000))
BEFORE_1970 = entry(b"born", b"T", struct.pack(">q", -1))
TENANT = entry(b"tenant", b"S", sized(b"a"))
NESTED = entry(b"in", b"F", sized(MILLISECONDS))


@pytest.mark.parametrize(
    "bad", [MILLISECONDS, BEFORE_1970, NESTED], ids=["milliseconds", "before 1970", "in a table"]
)
def test_a_date_that_is_none_goes_alone(bad: bytes) -> None:
    wire = header(TENANT, bad, entry(b"n", b"I", b"\0\0\0\7"), message_id=b"m-1")
    with pytest.raises((ValueError, OverflowError)):
        read(wire)

    assert read(without_bad_dates(wire)) == {
        "content_type": "json",
        "application_headers": {"tenant": "a", "n": 7},
        "message_id": "m-1",
    }


def test_what_can_be_read_stays_as_it_is() -> None:
    good = header(
        TENANT,
        entry(b"t", b"t", b"\1"),
        entry(b"d", b"D", b"\2\0\0\0\7"),
        entry(b"v", b"V", b""),
        entry(b"a", b"A", sized(b"I\0\0\0\1")),
        entry(b"\xff", b"x", sized(b"\xff")),
        entry(b"when", b"T", struct.pack(">Q", 1_700_000_000)),
    )

    assert without_bad_dates(good) == good


def test_without_headers_there_is_nothing_to_leave_out() -> None:
    bare = struct.pack(">HHQH", 60, 0, 2, CONTENT_TYPE) + b"\x04json"

    assert without_bad_dates(bare) == bare


def deep(levels: int) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for _ in range(levels):
        table = {"a": table}
    return table


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"a": "x"}, True, id="a text"),
        pytest.param({"a": [1, None, True, 1.5, Decimal("1.5"), {"b": b"\xff"}]}, True, id="all"),
        pytest.param({"a": 42_000 * "語"}, True, id="as many bytes as fit"),
        pytest.param({"a": 42_400 * "語"}, False, id="bytes count, not characters"),
        pytest.param(deep(5000), False, id="too deep for Python"),
        pytest.param({"a": 2**64}, False, id="a number that AMQP does not have"),
        pytest.param({"a": datetime(1, 1, 1, tzinfo=UTC)}, False, id="a date before AMQP's"),
        pytest.param({"a": object()}, False, id="what is no value"),
        pytest.param({256 * "a": 1}, False, id="a long name"),
    ],
)
def test_what_can_be_written_is_known_before(headers: dict[str, Any], expected: object) -> None:
    assert can_be_written({"application_headers": headers}, FRAME_MAX) is expected
