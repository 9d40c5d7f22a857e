"""The gateway to Twilio with what surrounds it, and the claims that it gets."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from smsherald.model import (
    Account,
    Answer,
    Asked,
    Event,
    Evidence,
    Fresh,
    OnUnknown,
    Sms,
    TakenOver,
    Wait,
)
from smsherald.policy import Pauses
from smsherald.policy.limits import Limit
from smsherald.settings.secret import Secret
from smsherald.settings.twilio.decisions import Decision
from smsherald.settings.urls import Proxy
from smsherald.settings.values import TwilioAccount, TwilioSettings
from smsherald.sms import asked
from smsherald.twilio import TwilioGateway
from support.admission import PauseLog
from support.peer import Act, Peer
from support.texting import ACCOUNT, RECIPIENT, SENDER

TOKEN = "token"
ASKED = asked("default", ACCOUNT, SENDER, RECIPIENT, "Hi Ann.")


@dataclass
class SteadyClock:
    """The wall clock at the test's start; the monotonic one stands until the test moves it."""

    wall: float = field(default_factory=time.time)
    steady: float = 100.0

    def now(self) -> float:
        """Return the wall clock."""
        return self.wall

    def monotonic(self) -> float:
        """Return the other."""
        return self.steady


@dataclass
class Surroundings:
    """What the gateway is given, and what it has told."""

    clock: SteadyClock = field(default_factory=SteadyClock)
    known: set[str] = field(default_factory=set)
    observed: list[tuple[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str | None]] = field(default_factory=list)
    """What was wrong with each account, each time that changed."""
    undecided_codes: list[tuple[int, int]] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    """Accounts that signed in with test credentials, each time that was seen."""
    replacements: list[str] = field(default_factory=list)
    """Accounts that were replaced, each time."""
    told: PauseLog = field(default_factory=PauseLog)
    """Each pause that began, and that ended."""

    def __post_init__(self) -> None:
        self.pauses = Pauses(self.clock, self.told)

    async def is_known(self, sids: Collection[str]) -> frozenset[str]:
        """Answer as the ledger does."""
        return frozenset(self.known.intersection(sids))

    def requested(self, operation: str, result: str, seconds: float) -> None:
        """Listen as the metrics do."""
        assert seconds >= 0
        self.observed.append((operation, result))

    def failed(self, failure: str) -> None:
        """Listen as the metrics do."""
        self.failures.append(failure)

    def troubled(self, account: str, why: str | None) -> None:
        """Listen as health does."""
        self.troubles.append((account, why))

    def undecided(self, status: int, code: int) -> None:
        """Listen as the log does."""
        self.undecided_codes.append((status, code))

    def test_credentials(self, account: str) -> None:
        """Listen as the log does."""
        self.tests.append(account)

    def replaced(self, account: str) -> None:
        """Listen as health does."""
        self.replacements.append(account)

    async def send(self, gateway: TwilioGateway, claim: Fresh) -> Answer | Wait:
        """Send as the pipeline does."""
        permit = self.pauses.ask(claim.sms, Limit(1000))
        if isinstance(permit, Wait):
            return permit
        try:
            return await gateway.send(claim, permit)
        finally:
            permit.give_back()

    @asynccontextmanager
    async def before(self, *acts: Act) -> AsyncIterator[tuple[Peer, TwilioGateway]]:
        """Open a gateway before a server that acts so."""
        async with Peer(*acts) as peer, self.gateway(twilio_settings(peer.url)) as gateway:
            yield peer, gateway

    def gateway(self, settings: TwilioSettings) -> TwilioGateway:
        """Return a gateway that is not open yet."""
        return TwilioGateway(
            settings,
            concurrency=10,
            fence=5.0,
            skew=600.0,
            clock=self.clock,
            known=self.is_known,
            pausing=self.pauses,
            observer=self,
        )


class Always:
    """A permit that nothing takes back."""

    def again(self, claim: Fresh) -> Wait | None:
        """Let it be sent."""
        del claim
        return None

    def heard(self, evidence: Evidence) -> None:
        """Do nothing about it."""

    is_paused = False
    """Nothing is paused."""

    def listed(self, account: str, evidence: Evidence) -> None:
        """Nor about that."""

    def give_back(self) -> None:
        """Nor about that."""


ALWAYS = Always()


def fresh(asked: Asked = ASKED, *, claimed: float = 100.0) -> Fresh:
    """Return a claim to send."""
    return Fresh(_sms(asked), 1, claimed, asked)


def taken_over(asked: Asked = ASKED, *, since: float) -> TakenOver:
    """Return a claim to look up."""
    return TakenOver(_sms(asked), 2, asked, since)


def twilio_settings(
    url: str,
    *,
    timeout: float = 30.0,
    user: str = ACCOUNT,
    password: str = TOKEN,
    proxy: Proxy | None = None,
    decisions: Mapping[int, Decision] | None = None,
) -> TwilioSettings:
    """Return one account at `url`; `timeout` in seconds."""
    public = Account("default", ACCOUNT, SENDER, frozenset({SENDER}))
    account = TwilioAccount(public, user, Secret(password), url)
    return TwilioSettings(
        default_account="default",
        accounts={"default": account},
        timeout=timeout,
        decisions=decisions or {},
        proxy=proxy,
        account_from_parameters=False,
    )


def _sms(asked: Asked) -> Sms:
    event = Event("1", ("test", "1"), "digest", "order.created", {}, {}, 0.0)
    return Sms("key", "print", event, "order", None, asked, None, OnUnknown.LOOKUP)
