"""Publishes events as a shop does: each mandatory, and the broker's word on it awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smsherald.errors import UnreachableError
from smsherald.settle.port import Confirm, Message, Session

CONFIRMED_WITHIN = 30.0
"""Seconds; a broker with an alarm confirms nothing while it lasts."""
_LOOKED_EVERY = 1.0
"""Seconds between two looks at what the matter may be."""


async def publish_event(
    session: Session,
    message: Message,
    exchange: str,
    routing_key: str,
    on_trouble: Callable[[UnreachableError], None] = lambda _: None,
) -> Confirm:
    """Publish one event: CONFIRMED, RETURNED (no queue is bound to the key) or NACKED (it is full).

    `on_trouble` hears, again and again, why the broker has not taken it yet, where that is known.
    Raises UnreachableError where nobody can say: the session has ended, or the broker is silent;
    the event may have been taken all the same. RefusedError where the broker refused it.
    """
    said: asyncio.Future[Confirm] = asyncio.get_running_loop().create_future()

    def then(word: Confirm) -> None:
        if not said.done():
            said.set_result(word)

    session.publish(message, exchange, routing_key, mandatory=True, then=then)
    try:
        async with asyncio.timeout(CONFIRMED_WITHIN):
            while not (await asyncio.wait([said], timeout=_LOOKED_EVERY))[0]:
                if (trouble := session.trouble) is not None:
                    on_trouble(trouble)
    except TimeoutError:
        why = session.trouble or "is its memory or disk alarm set?"
        waited = f"the broker has not confirmed an event for {CONFIRMED_WITHIN:.0f} s"
        raise UnreachableError(f"{waited}: {why}") from None
    if (word := said.result()) is Confirm.LOST:
        gone = UnreachableError("the broker went away before it confirmed an event")
        raise session.trouble or gone
    return word
