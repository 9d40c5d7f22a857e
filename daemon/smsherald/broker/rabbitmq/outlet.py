"""A channel that publishes, with the broker's words on what went out by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import amqp
from amqp import spec

from smsherald.broker.rabbitmq.confirms import Confirms, Publish
from smsherald.broker.rabbitmq.properties import can_be_written, named
from smsherald.errors import UnreachableError
from smsherald.settle.port import Confirm


class Outlet:
    """Publishes on `channel`; `run` is the guard's. Blocks while it is made, and then no more.

    The broker closes a channel that publishes to an exchange that is not there, or where our user
    may not write (403, 404). Mostly that ends the session; with `apart`, what was refused is
    RETURNED and all else goes on. Which publish it means the broker does not say: all that wait
    are given up. One that it took all the same is published again, and known by its ids.
    """

    def __init__(
        self, channel: Any, run: Callable[..., None], frame_max: int, *, apart: bool
    ) -> None:
        self._channel = channel
        self._run = run
        self._frame_max = frame_max
        self.confirms = Confirms()
        channel.confirm_select()
        channel.events["basic_ack"].add(self.confirms.acked)
        channel.events["basic_nack"].add(self.confirms.nacked)
        channel.events["basic_return"].add(self._on_return)
        if apart:
            channel._callbacks[spec.Channel.Close] = self._on_close  # noqa: SLF001 - as `Aside` does.

    def send(self, publish: Publish) -> None:
        """Publish; what cannot be written as it is goes out bare."""
        self.confirms.published(publish)
        message = publish.message
        properties = named(message.properties)
        if message.bare is not None and not can_be_written(properties, self._frame_max):
            properties = named(message.bare)
        self._run(
            self._channel.basic_publish,
            amqp.Message(message.body, **properties),
            publish.exchange,
            publish.routing_key,
            publish.mandatory,
        )

    def _on_return(self, _error: Exception, exchange: str, key: str, message: Any) -> None:
        self.confirms.returned(exchange, key, message.body)

    def _on_close(self, _code: int, _text: str, _class: int, _method: int) -> None:
        """Open the channel again, and wait for nothing: what is sent next comes after."""
        self._channel.send_method(spec.Channel.CloseOk)
        self._channel.send_method(spec.Channel.Open, "s", ("",))
        self._channel.send_method(spec.Confirm.Select, "b", (True,))
        for publish in self.confirms.anew():
            publish.then(Confirm.RETURNED)


def stuck(blocked: str | None, outlets: Iterable[Outlet], now: float) -> UnreachableError | None:
    """Say why nothing that is published gets through; `blocked` is the broker's word on that."""
    if blocked is not None:
        todo = "see to its memory and disk (rabbitmq-diagnostics alarms)"
        return UnreachableError(f"the broker takes nothing: {blocked}", todo)
    stalled = next(filter(None, (each.confirms.stalled(now) for each in outlets)), None)
    return None if stalled is None else UnreachableError(stalled, "see its log")
