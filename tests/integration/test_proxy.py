"""The tests' own proxy: each fault is what its name says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from support.proxy import Proxy
from support.waiting import eventually


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Stand before a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo(peer: socket.socket) -> None:
            with peer:
                try:
                    while chunk := peer.recv(1024):
                        peer.sendall(chunk)
                except ConnectionResetError:
                    pass

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=echo, args=(peer,), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        with Proxy("127.0.0.1", server.getsockname()[1]) as proxy:
            yield proxy
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        yield client


def test_what_a_freeze_holds_comes_when_it_is_healed(proxy: Proxy, client: socket.socket) -> None:
    proxy.freeze()
    client.sendall(b"late")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(4)
    client.settimeout(30)
    proxy.heal()

    assert client.recv(4) == b"late"


def test_a_frozen_proxy_takes_connections_and_says_nothing(proxy: Proxy) -> None:
    proxy.freeze()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.2) as client:
        client.sendall(b"hello")

        with pytest.raises(TimeoutError):
            client.recv(5)


def test_a_reset_ends_both_sides(proxy: Proxy, client: socket.socket) -> None:
    assert proxy.connections == 1
    proxy.reset()

    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert proxy.connections == 0


def test_a_reset_ends_what_a_freeze_holds(proxy: Proxy, client: socket.socket) -> None:
    proxy.freeze()
    client.sendall(b"lost")
    time.sleep(0.05)
    proxy.reset()

    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_refusing_proxy_keeps_what_is_connected(proxy: Proxy, client: socket.socket) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port))
    client.sendall(b"still")

    assert client.recv(5) == b"still"


def test_a_healed_proxy_takes_connections_on_the_same_port(proxy: Proxy) -> None:
    port = proxy.port
    proxy.refuse()
    proxy.heal()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"hello")

        assert client.recv(5) == b"hello"


def test_a_delay_is_paid_in_both_directions(proxy: Proxy, client: socket.socket) -> None:
    proxy.delay(0.1)
    started = time.monotonic()
    client.sendall(b"slow")
    client.recv(4)

    # How much more it is, the machine says; less it never may be.
    assert time.monotonic() - started >= 0.2


def test_a_cut_answer_ends_after_so_many_bytes(proxy: Proxy, client: socket.socket) -> None:
    proxy.cut_after(3)
    client.sendall(b"truncated")

    assert client.recv(100) == b"tru"
    assert client.recv(100) == b""


def test_an_end_is_passed_on_in_one_direction_alone(proxy: Proxy, client: socket.socket) -> None:
    client.sendall(b"last words")
    client.shutdown(socket.SHUT_WR)

    assert client.recv(100) == b"last words"
    assert client.recv(100) == b""
    eventually(lambda: proxy.connections == 0, what="the connection is gone")


def test_without_a_target_a_connection_ends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = server.getsockname()[1]
    with (
        Proxy("127.0.0.1", nobody) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as client,
    ):
        assert client.recv(1) == b""
