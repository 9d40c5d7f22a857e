"""How much waits in RabbitMQ's queues, asked of the broker while the loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from amqp import spec

ANSWERS_WITHIN = 5.0
"""Seconds after which a broker that says nothing is asked no more for now."""
NOT_FOUND = 404


class Meter:
    """Asks of one queue after the other, on a channel of its own; `run` is the guard's.

    Of its own: the broker closes a channel that asks of a queue that is not there, and lets one
    wait that asks of a queue without a leader.
    """

    def __init__(self, channel: Any, run: Callable[..., None]) -> None:
        self._channel = channel
        self._run = run
        self._answer: asyncio.Future[int | None] | None = None
        callbacks = channel._callbacks  # noqa: SLF001 - py-amqp's own calls wait for the answer
        callbacks[spec.Queue.DeclareOk] = self._on_declared
        callbacks[spec.Channel.Close] = self._on_close

    async def length(self, queue: str) -> int | None:
        """Return how many messages are ready; 0 where there is no such queue.

        None where the broker does not say. It is no look: it counts as no delivery.
        """
        if self._answer is not None and not self._answer.done():
            return None  # What came now would be the answer to an earlier question.
        self._answer = answer = asyncio.get_running_loop().create_future()
        passive = (0, queue, True, False, False, False, False, None)
        self._run(partial(self._channel.send_method, spec.Queue.Declare, "BsbbbbbF", passive))
        await asyncio.wait([answer], timeout=ANSWERS_WITHIN)
        return answer.result() if answer.done() else None

    def end(self) -> None:
        """Wait for no answer any more: the session has ended."""
        self._say(None)

    def _on_declared(self, _queue: str, ready: int, _consumers: int) -> None:
        self._say(ready)

    def _on_close(self, code: int, _text: str, _class: int, _method: int) -> None:
        """Open the channel again, and wait for nothing: what is sent next comes after."""
        self._channel.send_method(spec.Channel.CloseOk)
        self._channel.send_method(spec.Channel.Open, "s", ("",))
        self._say(0 if code == NOT_FOUND else None)

    def _say(self, ready: int | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(ready)
