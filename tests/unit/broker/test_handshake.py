"""A peer that is no broker: whatever it says, no socket stays."""

from __future__ import annotations

import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from smsherald.broker.rabbitmq.address import addresses
from smsherald.broker.rabbitmq.link import Link

HEARTBEAT = 10
GREETING = 8
"""Bytes that each client begins with: AMQP and its version."""


def answers(listening: socket.socket, octets: bytes) -> int:
    """Answer each who connects; return how many said goodbye."""
    ended = 0
    with contextlib.suppress(TimeoutError):
        while True:
            peer, _ = listening.accept()
            with peer:
                peer.settimeout(30)
                peer.recv(GREETING)
                peer.sendall(octets)
                ended += peer.recv(1) == b""
            listening.settimeout(0.1)
    return ended


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\x01\0\0\0\0\0\x04\0\x0a\0\x0b\xce", id="no such method"),
        pytest.param(b"\x01\0\0\0\0\0\x05\0\x0a\0\x0a\xff\xce", id="a method cut short"),
        pytest.param(b"\x01\0\0\0\0\0\x04\0\x0a\0\x0a\0", id="no end of a frame"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"\0" * 2**16, id="HTTP"),
    ],
)
def test_of_a_peer_that_is_no_broker_no_socket_stays(octets: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as threads:
        listening.settimeout(30)
        ended = threads.submit(answers, listening, octets)
        [address] = addresses(f"amqp://127.0.0.1:{listening.getsockname()[1]}")
        link = Link(address, "here", HEARTBEAT)
        with pytest.raises(Exception) as error:  # noqa: PT011 - whatever py-amqp makes of it
            link.open()

        assert ended.result() >= 1, error
