"""Binds our queue to the exchanges of others: some may not be there, or not be ours to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from smsherald.broker.rabbitmq.asides.aside import BIND_QUEUE, Aside
from smsherald.broker.topology import Topology

ACCESS_REFUSED, NOT_FOUND = 403, 404
SILENT = "the broker does not answer"
_MISSING = "it is not there"
_REFUSED = "our user may not read it"


class Binder:
    """Binds by one key after the other; `run` is the guard's.

    To bind is to look: the broker says whether the exchange is there, and asks for no right that
    the binding does not need. What is bound already stays, and is as good an answer.
    """

    def __init__(self, channel: Any, run: Callable[..., None]) -> None:
        self._aside = Aside(channel, run, BIND_QUEUE)
        self.end = self._aside.end

    async def bind_others(self, topology: Topology) -> Mapping[str, str] | None:
        """Bind all; return which exchanges bring nothing, and why.

        None where the broker does not say.
        """
        troubles: dict[str, str] = {}
        for exchange, routes in groupby(sorted(topology.others), lambda route: route[0]):
            for _, key in routes:
                why = await self.bind(topology.queue, exchange, key)
                if why == SILENT:
                    return None
                if why is not None:
                    troubles.setdefault(exchange, why)
                if why == _MISSING:
                    break
        return troubles

    async def bind(self, queue: str, exchange: str, key: str) -> str | None:
        """Bind by one key; return why that did not go."""
        answer = await self._aside.ask(0, queue, exchange, key, False, {})  # noqa: FBT003 - AMQP's.
        if answer is None:
            return SILENT
        match answer.refused:
            case 0:
                return None
            case code if code == NOT_FOUND:
                # It may be our queue: its node may be down.
                return _MISSING if "no exchange" in answer.why else answer.why
            case code if code == ACCESS_REFUSED:
                if "topic" in answer.why:
                    return f"our user may not read the key {key} of it"
                return _REFUSED if "exchange" in answer.why else answer.why
            case _:
                return answer.why
