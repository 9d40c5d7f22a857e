"""What only RabbitMQ's sessions have: TLS, strangers' bytes, alarms, and all that can break.

What every broker must keep stands in `tests/contract/broker/`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pika
import pytest
import structlog
from amqp.abstract_channel import AbstractChannel

from smsherald.broker.rabbitmq.address import addresses
from smsherald.broker.rabbitmq.session import RabbitSession
from smsherald.errors import SessionLostError, UnreachableError
from smsherald.settle.port import Confirm
from support.broker import message, running, topology, word
from support.proxy import Proxy
from support.publishing import Publication, channel, publish
from support.rabbit import Rabbit
from support.waiting import PATIENCE

QUEUE = "smsherald"


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the folder itself is the subject


async def shop(url: str, count: int, body: bytes = b"{}") -> None:
    await asyncio.to_thread(publish, url, [Publication("order.created", body)] * count)


def lost(lines: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the waits that were logged."""
    return [line["retry_seconds"] for line in lines if line["event"] == "broker_lost"]


def sockets() -> set[str]:
    """Return those that this process has open, by the kernel's names."""
    return {
        name
        for file in Path("/proc/self/fd").iterdir()
        # The folder's own has gone by now.
        if file.is_symlink() and (name := str(file.readlink())).startswith("socket:")
    }


class TestDeliveries:
    """They come however the wire cuts them."""

    async def test_deliveries_come_over_tls_in_bursts(self, rabbit: Rabbit, vhost: str) -> None:
        async with running(rabbit.tls_url(vhost)) as it:
            for burst in range(1, 6):
                await shop(rabbit.url(vhost), 60, body=b'{"padding": "' + 900 * b"x" + b'"}')
                await it.until(lambda total=60 * burst: len(it.deliveries) == total)  # type: ignore[misc]


async def test_properties_that_cannot_be_read_end_no_session(amqp_url: str) -> None:
    async with running(amqp_url) as it:
        with channel(amqp_url) as to:
            latin = pika.BasicProperties(message_id=b"caf\xe9")  # type: ignore[arg-type]
            to.basic_publish("events", "order.created", b"{}", latin)
        await shop(amqp_url, 5)
        await it.until(lambda: len(it.deliveries) == 6)

    assert len(it.sessions) == 1
    assert [delivery.readable for delivery in it.deliveries].count(False) == 1


class TestAlarm:
    """A broker that is short of memory takes acks, and nothing else."""

    async def test_a_memory_alarm_holds_publishes_back_but_lets_acks_through(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url, acks=False) as it:
            await shop(amqp_url, 1)
            await it.until(lambda: len(it.deliveries) == 1)
            session, words = it.sessions[0], list[Confirm]()
            with rabbit.memory_alarm():
                session.park(message(), then=words.append)
                await asyncio.sleep(0.5)
                for _ in range(3000):
                    session.park(message(1000 * b"x"), then=words.append)
                session.ack(it.deliveries[0].tag)
                await it.until(lambda: rabbit.depth(vhost, QUEUE).unacked == 0)
                assert not words
                await it.until(lambda: "takes nothing" in (it.problem or ""))

            await it.until(lambda: len(words) == 3001)
            await it.until(lambda: it.problem is None)
            await shop(amqp_url, 1)
            await it.until(lambda: len(it.deliveries) == 2)
            assert set(words) == {Confirm.CONFIRMED}
            assert len(it.sessions) == 1


class TestBreaking:
    """A session ends at the first error, and the next one takes over."""

    async def test_closed_connections_are_made_anew_and_no_descriptor_leaks(
        self, rabbit: Rabbit, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            await shop(amqp_url, 10)
            await it.until(lambda: len(it.deliveries) == 10)
            before = descriptors()
            for round_ in range(1, 6):
                await asyncio.to_thread(rabbit.close_all_connections, "a test")
                await shop(amqp_url, 10)
                await it.until(lambda least=10 + 10 * round_: len(it.deliveries) >= least)  # type: ignore[misc]

            assert len(it.sessions) == 6
            assert descriptors() == before

    async def test_what_was_not_acked_comes_again_and_an_ack_to_the_old_session_is_ignored(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url, acks=False) as it:
            await shop(amqp_url, 3)
            await it.until(lambda: len(it.deliveries) == 3)
            old = it.sessions[0]
            await asyncio.to_thread(rabbit.close_all_connections, "a test")
            await it.until(lambda: len(it.deliveries) == 6)
            old.ack(it.deliveries[0].tag)

            assert all(delivery.redelivered for delivery in it.deliveries[3:])
            assert not old.alive
            assert rabbit.depth(vhost, QUEUE).unacked == 3

    async def test_a_publish_that_waits_when_the_session_ends_is_lost(
        self, rabbit: Rabbit, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            await shop(amqp_url, 1)
            await it.until(lambda: bool(it.sessions))
            session, words = it.sessions[0], list[Confirm]()
            with rabbit.memory_alarm():
                session.park(message(), then=words.append)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(rabbit.close_all_connections, "a test")
                await it.until(lambda: not session.alive)
            session.park(message(), then=words.append)

            await it.until(lambda: len(words) == 2)
            assert words == [Confirm.LOST, Confirm.LOST]

    async def test_a_broker_that_stops_and_starts_is_consumed_again(
        self, rabbit: Rabbit, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            await asyncio.to_thread(rabbit.stop_app)
            await it.until(lambda: it.problem is not None)
            await asyncio.to_thread(rabbit.start_app)
            await it.until(lambda: it.problem is None)
            await shop(amqp_url, 5)

            await it.until(lambda: len(it.deliveries) == 5)

    async def test_a_deleted_queue_is_declared_again(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            old = it.session
            await asyncio.to_thread(rabbit.delete_queue, vhost, QUEUE)
            await it.until(lambda: it.broker.session not in {None, old})
            await shop(amqp_url, 1)

            await it.until(lambda: len(it.deliveries) == 1)

    async def test_a_broker_that_freezes_inside_a_frame_does_not_freeze_the_loop(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        large = b'{"padding": "' + 120_000 * b"x" + b'"}'  # One frame, several segments.
        with Proxy("127.0.0.1", rabbit.port) as proxy:
            async with running(f"amqp://guest:guest@127.0.0.1:{proxy.port}/{vhost}") as it:
                proxy.delay(0.5)
                await shop(amqp_url, 1, body=large)
                await asyncio.sleep(0.7)  # The first piece has come, the second has not.
                proxy.freeze()
                # A loop that waits for the rest would go on only when somebody else heals it.
                too_late = threading.Event()

                def heal() -> None:
                    too_late.set()
                    proxy.heal()

                healing = threading.Timer(PATIENCE, heal)
                healing.start()
                await asyncio.sleep(0.1)
                healing.cancel()
                assert not too_late.is_set()
                assert not it.deliveries
                proxy.heal()
                await it.until(lambda: len(it.deliveries) == 1)

        assert it.deliveries[0].body == large

    async def test_a_channel_that_the_broker_closes_ends_the_session_without_a_stall(
        self, amqp_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits, wait = list[object](), AbstractChannel.wait

        def noted(channel: AbstractChannel, *arguments: object, **named: object) -> object:
            if threading.current_thread() is threading.main_thread():
                waits.append(arguments)
            return wait(channel, *arguments, **named)

        monkeypatch.setattr(AbstractChannel, "wait", noted)
        async with running(amqp_url) as it:
            await shop(amqp_url, 1)
            await it.until(lambda: bool(it.sessions))
            session, words = it.sessions[0], list[Confirm]()
            session.publish(message(), "no-such-exchange", "x", mandatory=False, then=words.append)
            await it.until(lambda: not session.alive)
            await it.until(lambda: it.problem is None)
            await shop(amqp_url, 1)
            await it.until(lambda: len(it.deliveries) == 2)

        assert words == [Confirm.LOST]
        assert waits == [], "the loop waited for an answer"

    async def test_a_session_that_is_given_up_is_followed_by_one_that_declares(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            await shop(amqp_url, 1)
            await it.until(lambda: bool(it.sessions))
            await asyncio.to_thread(rabbit.delete_queue, vhost, f"{QUEUE}.parked")
            said = await word(lambda then: it.sessions[0].park(message(), then=then))
            it.sessions[0].fail("a copy was returned")
            await shop(amqp_url, 1)
            await it.until(lambda: len(it.sessions) == 2)
            again = await word(lambda then: it.sessions[1].park(message(), then=then))

        assert (said, again) == (Confirm.RETURNED, Confirm.CONFIRMED)

    async def test_events_that_we_may_not_publish_are_refused_and_nothing_else(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url) as it:
            await shop(amqp_url, 1)
            await it.until(lambda: bool(it.sessions))
            session = it.sessions[0]

            async def publishes(exchange: str, key: str) -> Confirm:
                return await word(
                    lambda then: session.publish(
                        message(), exchange, key, mandatory=True, then=then
                    )
                )

            await asyncio.to_thread(rabbit.may_write, vhost, "^(?!events)")
            forbidden = [await publishes("events", "order.created") for _ in range(2)]
            parked = await word(lambda then: session.park(message(), then=then))
            await asyncio.to_thread(rabbit.may_write, vhost, ".*")
            several = await asyncio.gather(
                *(publishes("events", key) for key in ("order.created", "other", "order.created"))
            )
            await it.until(lambda: len(it.deliveries) == 3)

        assert forbidden == [Confirm.RETURNED] * 2
        assert parked is Confirm.CONFIRMED
        assert several == [Confirm.CONFIRMED, Confirm.RETURNED, Confirm.CONFIRMED]
        assert len(it.sessions) == 1

    async def test_a_broker_that_freezes_while_we_declare_is_given_up_at_the_end(
        self, rabbit: Rabbit, vhost: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("smsherald.broker.rabbitmq.session.OPEN_TIMEOUT", 2.0)
        with Proxy("127.0.0.1", rabbit.port) as proxy:
            url = f"amqp://guest:guest@127.0.0.1:{proxy.port}/{vhost}"
            proxy.freeze_after(620)  # In the middle of the channel's first answers.
            async with running(url) as it:
                assert it.problem is not None
                proxy.heal()
                await it.until(lambda: it.problem is None)

    async def test_where_connecting_itself_takes_long_it_is_tried_ever_more_seldom(
        self, vhost: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("smsherald.broker.rabbitmq.supervisor.LASTED", 0.05)
        monkeypatch.setattr("smsherald.broker.rabbitmq.address.CONNECT_TIMEOUT", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with structlog.testing.capture_logs() as lines:
                async with running(f"amqp://guest:guest@127.0.0.1:{port}/{vhost}") as it:
                    await it.until(lambda: len(lost(lines)) >= 4)

        assert lost(lines)[:4] == [0.2, 0.4, 0.8, 1.6]

    async def test_a_wrong_password_is_said_at_once_and_never_shown(
        self, rabbit: Rabbit, vhost: str
    ) -> None:
        url = f"amqp://guest:wrong-secret@127.0.0.1:{rabbit.port}/{vhost}"
        async with running(url) as it:
            assert it.problem is not None
            assert "ACCESS_REFUSED" in it.problem
            assert it.problem.endswith(
                "; see to user and password in broker.url (as shipped: BROKER_URL); "
                "the daemon tries again by itself, and by another broker.url after a restart"
            )
            assert "wrong-secret" not in it.problem

    async def test_what_refuses_us_or_is_away_names_the_setting_to_see_to(
        self, rabbit: Rabbit, vhost: str
    ) -> None:
        nowhere = f"amqp://guest:guest@127.0.0.1:{rabbit.port}/nowhere"
        async with running(nowhere) as it:
            assert it.problem is not None
            assert "; see to the virtual host in broker.url (as shipped: BROKER_URL)" in it.problem
        async with running(f"amqp://guest:guest@127.0.0.1:1/{vhost}") as it:
            assert it.problem is not None
            assert "; see whether RabbitMQ runs there, and to host and port in broker.url" in (
                it.problem
            )
        await asyncio.to_thread(rabbit.may_read, vhost, "nothing")
        async with running(rabbit.url(vhost)) as it:
            assert it.problem is not None
            assert "; give the user in broker.url (as shipped: BROKER_URL) the rights" in it.problem

    async def test_one_that_is_stopped_as_it_fails_leaves_no_socket(
        self, rabbit: Rabbit, vhost: str
    ) -> None:
        await asyncio.to_thread(rabbit.may_read, vhost, "nothing")
        before = sockets()
        async with running(rabbit.url(vhost)) as it:
            # It is letting go of what it had opened.
            assert it.problem is not None

        assert sockets() == before

    async def test_a_certificate_of_an_unknown_authority_is_refused(
        self, rabbit: Rabbit, vhost: str
    ) -> None:
        async with running(rabbit.tls_url(vhost).partition("?")[0]) as it:
            assert it.problem is not None
            assert "CERTIFICATE_VERIFY_FAILED" in it.problem

    async def test_a_certificate_for_another_host_is_refused(
        self, rabbit: Rabbit, vhost: str
    ) -> None:
        url = rabbit.tls_url(vhost).replace("localhost", "127.1")
        async with running(url) as it:
            assert it.problem is not None
            assert "CERTIFICATE_VERIFY_FAILED" in it.problem

    async def test_the_second_address_serves_where_the_first_is_away(self, amqp_url: str) -> None:
        async with running(f"amqp://guest:guest@127.0.0.1:1/x;{amqp_url}") as it:
            await it.until(lambda: it.problem is None)
            await shop(amqp_url, 1)

            await it.until(lambda: len(it.deliveries) == 1)


def test_the_topology_names_its_queues_after_ours() -> None:
    names = topology()

    assert names.retry(0) == "smsherald.retry.300ms"
    assert names.retry(1) == "smsherald.retry.2s"
    assert names.parked == "smsherald.parked"


async def test_a_session_whose_clock_stands_still_is_seen(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stands_still(_: RabbitSession) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("smsherald.observe.broker_observer.SESSION_STALLS", 1.0)
    async with running(amqp_url) as it:
        await it.until(lambda: it.broker.session is not None)
        assert it.health.alive
        monkeypatch.setattr(RabbitSession, "run", stands_still)
        it.session.fail("a test")

        await it.until(lambda: list(it.health.stalled) == ["session"])


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancellation_in_the_turn_in_which_it_opens_is_not_lost(
    amqp_url: str, turns: int
) -> None:
    """Who waits for the end of what was cancelled would wait for ever."""
    [address] = addresses(amqp_url)
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def declare(_: object) -> None:
        loop.call_soon_threadsafe(begun.set)

    session = RabbitSession(address, topology(), declare, heartbeat=10)

    async def opens_and_stays() -> None:
        await session.open()
        await asyncio.Event().wait()

    staying = asyncio.create_task(opens_and_stays())
    await begun.wait()
    # The loop stands still until the thread has ended: its end and ours come in one turn.
    time.sleep(0.3)  # noqa: ASYNC251 - that is the point.
    for _ in range(turns):
        await asyncio.sleep(0)
    staying.cancel()
    await asyncio.wait([staying], timeout=PATIENCE)

    assert staying.cancelled()
    session.end(SessionLostError("over"))
    await session.close(politely=False)


async def test_of_one_that_ends_nothing_is_said_to_be_stuck(amqp_url: str) -> None:
    """Nothing was published: that it is not confirmed is no news."""
    [address] = addresses(amqp_url)
    heard: list[UnreachableError | None] = []
    session = RabbitSession(
        address,
        topology(),
        lambda _: None,
        heartbeat=10,
        on_tick=lambda: session.end(SessionLostError("over")),
        on_stuck=heard.append,
    )
    await session.open()

    with pytest.raises(SessionLostError, match="over"):
        await session.run()
    await session.close(politely=False)

    assert heard == []
