"""AMQP's basic properties where py-amqp fails on them: what strangers wrote, and copies of it."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any

import amqp
from amqp.exceptions import FrameSyntaxError
from amqp.serialization import loads

MARGIN = 4096
"""Bytes of a frame that a copy's properties leave free, for what the frame itself needs."""

_FLAGS_AT = 12
_FLAGS = Struct(">H")
_LENGTH = Struct(">I")
_TABLE, _SHORT = "F", "s"
_FIXED = {"o": 1, "L": 8}
_SIZES = dict.fromkeys("tbB", 1) | dict.fromkeys("Uus", 2) | dict.fromkeys("Iif", 4)
_SIZES |= dict.fromkeys("LldT", 8) | {"D": 5, "V": 0}
"""Bytes of a table's values by their letter, as RabbitMQ has them."""
_WITH_LENGTH = frozenset("SxFA")


def without_bad_dates(header: bytes) -> bytes:
    """Return a content header (AMQP 0-9-1, 4.2.6.1) without headers that Python has no date for.

    Milliseconds where seconds are due are many publishers' mistake. The others stay as they are.
    Raises what the lengths or letters make it raise where they are wrong.
    """
    (flags,) = _FLAGS.unpack_from(header, _FLAGS_AT)
    offset, bit = _FLAGS_AT + _FLAGS.size, 1 << 15
    for _, kind in amqp.Message.PROPERTIES:
        if flags & bit and kind == _TABLE:
            begin = offset + _LENGTH.size
            end = begin + int(_LENGTH.unpack_from(header, offset)[0])
            return header[:offset] + _table(header[begin:end]) + header[end:]
        if flags & bit:
            offset += 1 + header[offset] if kind == _SHORT else _FIXED[kind]
        bit >>= 1
    return header


def _table(entries: bytes) -> bytes:
    kept = []
    start = 0
    while start < len(entries):
        letter_at = start + 1 + entries[start]
        letter = chr(entries[letter_at])
        end = letter_at + 1
        if letter in _WITH_LENGTH:
            end += _LENGTH.size + int(_LENGTH.unpack_from(entries, end)[0])
        elif letter in _SIZES:
            end += _SIZES[letter]
        else:
            raise FrameSyntaxError("a header's value is of a kind that AMQP does not have")
        entry = entries[start:end]
        try:
            loads(_TABLE, _LENGTH.pack(len(entry)) + entry, 0)
        except (ValueError, OverflowError, OSError):
            pass
        else:
            kept.append(entry)
        start = end
    table = b"".join(kept)
    return _LENGTH.pack(len(table)) + table


def can_be_written(properties: Mapping[str, Any], frame_max: int) -> bool:
    """Say whether py-amqp can write properties, and they fit into a frame of `frame_max` bytes."""
    try:
        written = amqp.Message(b"", **properties)._serialize_properties()  # noqa: SLF001 - no other way to measure
    except Exception:  # noqa: BLE001 - depth, dates, numbers: it raises what Python raises there
        return False
    return len(written) <= frame_max - MARGIN


def named(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Name properties as py-amqp does."""
    renamed = dict(properties)
    renamed["application_headers"] = renamed.pop("headers", None)
    return renamed
