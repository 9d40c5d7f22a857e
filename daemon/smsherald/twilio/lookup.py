"""Which of the texts that Twilio lists is the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smsherald.model import Asked
from smsherald.twilio.answers import Message

TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""What Twilio puts before each text of a trial account: it stands in `body`, in lists too.

Twilio's help ("Twilio Free Trial Limitations") names it without its exact words, which are those
that its API answers trial accounts with.
"""

_RESOLUTION = 1.0
"""Twilio dates to the second: a text may have been made up to this much after its date."""


def alike(messages: Iterable[Message], asked: Asked) -> list[Message]:
    """Return the texts that read like what was asked, from its sender."""
    return [
        message
        for message in messages
        if reads_like(message.text, asked.text)
        and asked.sender in (message.sender, message.service)
    ]


def reads_like(listed: str, asked: str) -> bool:
    """Say whether a text that Twilio lists is what it makes of one that it was asked to send.

    Nobody is asked whether the account is a trial: it may have been one when it was asked.
    """
    return listed in (asked, TRIAL_PREFIX + asked)


def older(message: Message, oldest: float) -> bool:
    """Say whether a text was certainly made before `oldest`, in seconds since the epoch."""
    return message.created is not None and message.created + _RESOLUTION <= oldest


def exhausted(messages: Sequence[Message], oldest: float) -> bool:
    """Say whether no later page can hold a text made since `oldest`: this one has none."""
    return bool(messages) and all(older(message, oldest) for message in messages)


def earliest(messages: Sequence[Message]) -> Message:
    """Return the first that was made of at least one, listed the newest first."""
    return min(reversed(messages), key=lambda message: message.created or 0.0)
