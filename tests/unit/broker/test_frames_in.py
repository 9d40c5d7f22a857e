"""Cutter are cut at their ends, however the bytes arrive."""

from __future__ import annotations

import struct

import pytest
from amqp.exceptions import UnexpectedFrame
from hypothesis import given
from hypothesis import strategies as st

from smsherald.broker.rabbitmq.frames_in import Cutter

Frame = tuple[int, int, bytes]
DELIVER = struct.pack(">HH", 60, 60)
PAYLOADS = st.binary(max_size=300).filter(lambda payload: not payload.startswith(DELIVER))
FRAMES = st.lists(st.tuples(st.sampled_from([1, 2, 3, 8]), st.integers(0, 65535), PAYLOADS))


def encode(frame: Frame) -> bytes:
    kind, channel, payload = frame
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


@given(FRAMES, st.data())
def test_whatever_the_pieces_the_same_frames_come_out(
    frames: list[Frame], data: st.DataObject
) -> None:
    wire = b"".join(map(encode, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)))))
    got = list[Frame]()
    cutter = Cutter(got.append)
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        cutter.feed(wire[start:end])

    assert got == frames


def test_a_frame_is_handed_over_as_soon_as_it_is_whole() -> None:
    got = list[Frame]()
    cutter = Cutter(got.append)
    wire = encode((1, 1, b"method"))
    cutter.feed(wire[:-1])
    assert got == []
    cutter.feed(wire[-1:])

    assert got == [(1, 1, b"method")]


def test_a_frame_that_does_not_end_where_it_says_is_an_error() -> None:
    with pytest.raises(UnexpectedFrame):
        Cutter(lambda _: None).feed(encode((1, 1, b"method"))[:-1] + b"\x00")


def test_a_header_that_cannot_be_read_is_handed_over_without_its_properties() -> None:
    got = list[Frame]()

    def on_frame(frame: Frame) -> None:
        if frame[0] == 2 and frame[2].endswith(b"unreadable"):
            raise ValueError("year 55840 is out of range")
        got.append(frame)

    cutter = Cutter(on_frame)
    header = struct.pack(">HHQ", 60, 0, 2)
    cutter.feed(encode((1, 1, b"deliver")) + encode((2, 1, header + b"\xff\xff" + b"unreadable")))
    unreadable = cutter.readable
    cutter.feed(encode((3, 1, b"{}")) + encode((1, 1, b"deliver")))

    assert got[:3] == [(1, 1, b"deliver"), (2, 1, header + b"\0\0"), (3, 1, b"{}")]
    assert (unreadable, cutter.readable) == (False, True)


def deliver(key: bytes) -> bytes:
    """Return the payload of a delivery's method frame (AMQP 0-9-1, basic.deliver)."""
    fields = (b"\x03ctg", struct.pack(">QB", 200, 1), b"\x06events", bytes([len(key)]) + key)
    return DELIVER + b"".join(fields)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (b"order.created", b"order.created"),
        ("bestellung.größe".encode(), "bestellung.größe".encode()),
        (b"", b""),
        (b"order.\xff", rb"order.\xff"),
        (b"order.\xed\xa0\x80", rb"order.\xed\xa0\x80"),
        (b"\xff" * 255, (rb"\xff" * 64)[:255]),
        (("ä" * 126).encode() + b"\xff", ("ä" * 126).encode() + rb"\xf"),
        (("ä" * 125).encode() + b"\xff" + "ä".encode(), ("ä" * 125).encode() + rb"\xff"),
    ],
    ids=[
        "ASCII",
        "UTF-8",
        "none",
        "a byte that is none",
        "a surrogate",
        "long",
        "cut",
        "cut in a letter",
    ],
)
def test_a_routing_key_that_is_no_text_is_handed_over_as_one(key: bytes, shown: bytes) -> None:
    got = list[Frame]()
    cutter = Cutter(got.append)
    cutter.feed(encode((1, 1, deliver(key))))

    assert got == [(1, 1, deliver(shown))]
    assert cutter.readable is (key == shown)


def test_any_other_frame_that_cannot_be_read_is_an_error() -> None:
    def on_frame(_: Frame) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Cutter(on_frame).feed(encode((1, 1, b"method")))
