"""The tests' own broker: what the other tests rely on."""

from __future__ import annotations

import socket
import ssl

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from support.publishing import channel, heard, listen, order, publish
from support.rabbit import Depth, Rabbit
from support.waiting import eventually


def quorum(on: BlockingChannel) -> None:
    on.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum"})


@pytest.mark.parametrize("kind", ["quorum", "classic"])
def test_a_depth_tells_ready_from_unacked_at_once(
    rabbit: Rabbit, vhost: str, amqp_url: str, kind: str
) -> None:
    with channel(amqp_url) as client:
        client.confirm_delivery()
        client.queue_declare("q", durable=True, arguments={"x-queue-type": kind})
        for _ in range(3):
            client.basic_publish("", "q", b"x")
        client.basic_qos(prefetch_count=1)
        client.basic_consume("q", lambda *_: None)
        client.connection.process_data_events(time_limit=0.2)

        assert rabbit.depth(vhost, "q") == Depth(ready=2, unacked=1, consumers=1)


def test_a_virtual_host_is_gone_afterwards(rabbit: Rabbit) -> None:
    with rabbit.vhost() as name:
        assert name in rabbit.ctl("list_vhosts")

    assert name not in rabbit.ctl("list_vhosts")


def test_the_authority_vouches_for_the_tls_port(rabbit: Rabbit, vhost: str) -> None:
    url, _, _ = rabbit.tls_url(vhost).partition("?")
    parameters = pika.URLParameters(url)
    parameters.ssl_options = pika.SSLOptions(
        ssl.create_default_context(cafile=str(rabbit.ca_file)), "localhost"
    )

    with pika.BlockingConnection(parameters) as connection:
        assert connection.is_open


def test_closed_connections_are_told_the_reason(rabbit: Rabbit, amqp_url: str) -> None:
    with channel(amqp_url) as client:
        before = rabbit.connections()
        rabbit.close_all_connections("a test")

        with pytest.raises(AMQPError, match="a test"):
            client.queue_declare("q")
    assert before == 1
    eventually(lambda: rabbit.connections() == 0, what="no connection is left")


def test_a_stopped_broker_refuses_and_a_started_one_has_its_messages(
    rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    with channel(amqp_url) as client:
        client.confirm_delivery()
        quorum(client)
        client.basic_publish("", "q", b"x", pika.BasicProperties(delivery_mode=2))
    rabbit.stop_app()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", rabbit.port))
    rabbit.start_app()

    eventually(lambda: rabbit.depth(vhost, "q").ready == 1, what="the message is there")


def test_a_paused_broker_takes_connections_and_says_nothing(rabbit: Rabbit) -> None:
    rabbit.pause()
    try:
        with socket.create_connection(("127.0.0.1", rabbit.port), timeout=0.3) as silent:
            silent.sendall(b"AMQP\x00\x00\x09\x01")
            with pytest.raises(TimeoutError):
                silent.recv(1)
            rabbit.resume()
            silent.settimeout(30)

            assert silent.recv(1) == b"\x01"
    finally:
        rabbit.resume()


def test_a_memory_alarm_blocks_who_publishes(rabbit: Rabbit, amqp_url: str) -> None:
    words: list[str] = []
    with channel(amqp_url) as client:
        client.connection.add_on_connection_blocked_callback(lambda *_: words.append("blocked"))
        client.connection.add_on_connection_unblocked_callback(lambda *_: words.append("free"))
        with rabbit.memory_alarm():
            client.basic_publish("", "nowhere", b"x")
            client.connection.process_data_events(time_limit=30)
            assert words == ["blocked"]
        client.connection.process_data_events(time_limit=30)

    assert words == ["blocked", "free"]


def test_a_deleted_queue_cancels_its_consumer(rabbit: Rabbit, vhost: str, amqp_url: str) -> None:
    cancelled: list[object] = []
    with channel(amqp_url) as client:
        quorum(client)
        client.add_on_cancel_callback(cancelled.append)
        client.basic_consume("q", lambda *_: None)
        rabbit.delete_queue(vhost, "q")
        client.connection.process_data_events(time_limit=30)

    assert len(cancelled) == 1


def test_what_is_published_is_heard(amqp_url: str) -> None:
    queue = listen(amqp_url, binding="order.*", exchange="events")
    sent = publish(amqp_url, map(order, range(500)))
    numbers = {n.event["order"]["number"] for n in heard(amqp_url, queue)}

    assert sent == 500
    assert numbers == {f"R{number}" for number in range(500)}
    assert heard(amqp_url, queue) == []
