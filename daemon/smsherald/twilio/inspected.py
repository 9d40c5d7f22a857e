"""What a look at a Twilio account has shown, for who compares it with what we need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from smsherald.twilio.decisions import TEST_CREDENTIALS


@dataclass(frozen=True, slots=True)
class Unseen:
    """Twilio does not show something."""

    why: str
    status: int | None = None
    """None: no answer came."""
    code: int | None = None

    @property
    def absent(self) -> bool:
        """Whether it is not there, as far as these credentials see."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def forbidden(self) -> bool:
        """Whether the credentials may not read it, or are none."""
        return self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Twilio: Account resource."""

    status: str
    type: str


@dataclass(frozen=True, slots=True)
class Number:
    """Twilio: IncomingPhoneNumber resource."""

    sid: str
    sms: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """What lets a US number text people in the US: an A2P campaign, or a toll-free verification."""

    status: str
    good: bool
    service: str | None = None
    """The Messaging Service that it belongs to."""
    why: str = ""
    """In Twilio's words, where it is not good."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The senders of a Messaging Service."""

    count: int
    american: bool
    """One of them is a number in the US."""
    more: bool = False
    """There may be others, which were not looked at."""


Owned: TypeAlias = "Number | Pool | bool | Unseen"
"""A bare True or False: whether it is there."""


@dataclass(frozen=True, slots=True)
class SenderSeen:
    """A sender of the settings. None: nobody asked."""

    sender: str
    owned: Owned | None = None
    campaign: Campaign | Unseen | None = None
    """Unseen and `absent`: there is none."""


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account of the settings, as far as its credentials show it.

    Test credentials show nothing, so of their senders nobody asked.
    """

    name: str
    info: AccountInfo | Unseen
    signs_in: Unseen | None = None
    """Why nobody can sign in."""
    senders: tuple[SenderSeen, ...] = ()
    countries: Mapping[str, bool | Unseen] | None = None
    """Whether people in these may be texted."""

    @property
    def is_test(self) -> bool:
        """Whether the credentials are Twilio's test credentials."""
        return isinstance(self.info, Unseen) and self.info.code == TEST_CREDENTIALS
