"""Publishes events as a shop does: each mandatory, and the broker's word on it awaited."""

from __future__ import annotations

import asyncio

from smsherald.errors import UnreachableError
from smsherald.settle.port import Confirm, Message, Session

CONFIRMED_WITHIN = 30.0
"""Seconds; a broker with an alarm confirms nothing while it lasts."""


async def publish_event(
    session: Session, message: Message, exchange: str, routing_key: str
) -> Confirm:
    """Publish one event: CONFIRMED, RETURNED (no queue is bound to the key) or NACKED (it is full).

    Raises UnreachableError where nobody can say: the session has ended, or the broker is silent.
    The event may have been taken all the same.
    """
    said: asyncio.Future[Confirm] = asyncio.get_running_loop().create_future()

    def then(word: Confirm) -> None:
        if not said.done():
            said.set_result(word)

    session.publish(message, exchange, routing_key, mandatory=True, then=then)
    try:
        async with asyncio.timeout(CONFIRMED_WITHIN):
            word = await said
    except TimeoutError:
        raise UnreachableError(
            f"the broker has not confirmed an event for {CONFIRMED_WITHIN:.0f} s: is its memory "
            "or disk alarm set?"
        ) from None
    if word is Confirm.LOST:
        raise UnreachableError("the broker went away before it confirmed an event")
    return word
