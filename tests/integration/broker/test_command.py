"""How a command connects: to the first broker that takes it, and for a bounded time."""

from __future__ import annotations

import pytest

from smsherald.broker.choose import publishing, settling
from smsherald.broker.shop import publish_event
from smsherald.errors import TopologyError, UnreachableError
from smsherald.settle.port import Confirm
from support.broker import broker_settings, message, topology
from support.ports import free_port
from support.proxy import Proxy
from support.publishing import channel
from support.rabbit import Rabbit


def nobody(vhost: str) -> str:
    """Return the address of a broker that is not there."""
    return f"amqp://guest:guest@127.0.0.1:{free_port()}/{vhost}"


@pytest.fixture
def shop(amqp_url: str) -> str:
    """Return the broker with a queue that takes orders, as a shop without a daemon may have it."""
    with channel(amqp_url) as to:
        to.exchange_declare("events", "topic", durable=True)
        to.queue_declare("orders")
        to.queue_bind("orders", "events", "order.*")
    return amqp_url


async def test_of_several_addresses_the_first_that_answers_is_taken(shop: str, vhost: str) -> None:
    async with publishing(broker_settings(nobody(vhost), shop)) as session:
        words = [
            await publish_event(session, message(), "events", key)
            for key in ("order.created", "stock.low")
        ]

    assert words == [Confirm.CONFIRMED, Confirm.RETURNED]


async def test_what_publishes_only_makes_nothing(amqp_url: str) -> None:
    with pytest.raises(TopologyError, match="'events' does not stand on the broker"):
        async with publishing(broker_settings(amqp_url)):
            pass


async def test_where_nobody_answers_each_is_named(vhost: str) -> None:
    urls = [nobody(vhost), nobody(vhost)]
    with pytest.raises(UnreachableError) as raised:
        async with settling(broker_settings(*urls), topology()):
            pass

    assert str(raised.value).count("127.0.0.1") == 2
    assert "guest" not in str(raised.value)


async def test_one_that_freezes_while_we_declare_is_given_up_for_the_next(
    rabbit: Rabbit, vhost: str, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsherald.broker.rabbitmq.session.OPEN_TIMEOUT", 2.0)
    with Proxy("127.0.0.1", rabbit.port) as proxy:
        frozen = f"amqp://guest:guest@127.0.0.1:{proxy.port}/{vhost}"
        proxy.freeze_after(620)
        async with settling(broker_settings(frozen, amqp_url), topology()) as session:
            assert session.alive


async def test_an_alarm_is_waited_for_and_then_said(
    rabbit: Rabbit, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsherald.broker.shop.CONFIRMED_WITHIN", 1.0)
    async with publishing(broker_settings(shop)) as session:
        # Only a connection that has published is blocked.
        await publish_event(session, message(), "events", "order.created")
        with (
            rabbit.memory_alarm(),
            pytest.raises(
                UnreachableError,
                match=r"1 s: the broker takes nothing: .*; see to its memory and disk",
            ),
        ):
            await publish_event(session, message(), "events", "order.created")
