"""Frames are cut at their ends, however the bytes arrive."""

from __future__ import annotations

import struct

import pytest
from amqp.exceptions import UnexpectedFrame
from hypothesis import given
from hypothesis import strategies as st

from smsherald.broker.incoming import Frames

Frame = tuple[int, int, bytes]
FRAMES = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 8]), st.integers(0, 65535), st.binary(max_size=300))
)


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
    cutter = Frames(got.append)
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        cutter.feed(wire[start:end])

    assert got == frames


def test_a_frame_is_handed_over_as_soon_as_it_is_whole() -> None:
    got = list[Frame]()
    cutter = Frames(got.append)
    wire = encode((1, 1, b"method"))
    cutter.feed(wire[:-1])
    assert got == []
    cutter.feed(wire[-1:])

    assert got == [(1, 1, b"method")]


def test_a_frame_that_does_not_end_where_it_says_is_an_error() -> None:
    with pytest.raises(UnexpectedFrame):
        Frames(lambda _: None).feed(encode((1, 1, b"method"))[:-1] + b"\x00")
