"""What the pipeline asks of the world, and what the world must keep in answering."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from smsherald.model import (
    Answer,
    Claim,
    Ended,
    Evidence,
    Fact,
    Finding,
    Fresh,
    Held,
    Mine,
    Outcome,
    Response,
    Skip,
    Sms,
    TakenOver,
    Told,
    Wait,
)


class Clock(Protocol):
    """The two times there are."""

    def now(self) -> float:
        """Return the wall clock: seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back and go on while the machine sleeps."""
        ...


class Ledger(Protocol):
    """What remembers every SMS. No method raises because its database is away: it waits."""

    async def claim(self, sms: Sms) -> Claim:
        """Ask for the right to send; written when this returns.

        While this process has an SMS of the same key or fingerprint in flight, it waits for
        that one's `record`.
        """
        ...

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        """Write what became of a claimed SMS; written when this returns."""
        ...


class Memory(Protocol):
    """The ledger, as it remembers what was told."""

    async def told(self, told: Collection[Told]) -> None:
        """Remember that these notifications are confirmed.

        One whose SMS has ended otherwise by now is not remembered: that end is still to be told.
        """
        ...


class LedgerIdentity(Protocol):
    """The ledger, as it can be told from any other."""

    @property
    def id(self) -> str:
        """Return what no other ledger has."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether this process has made it, as there was none."""
        ...


class Backlog(Ledger, Memory, Protocol):
    """The ledger, as it also knows what no delivery brings back."""

    async def stuck(self, most: int) -> Sequence[Sms]:
        """Return SMSes whose fate is unknown for longer than twice the quarantine.

        They are as their rows remember them: `on_unknown` and `expires` are the flow's to say.
        What was claimed within the quarantine is not among them: somebody looks after it.
        """
        ...

    async def untold(self, most: int) -> Sequence[tuple[Sms, Ended]]:
        """Return SMSes that ended longer than a quarantine ago, and how, that nobody was told."""
        ...


class Outbox(Protocol):
    """The ledger, as it keeps what is to be told beside how an SMS ended."""

    async def facts(self, most: int) -> Sequence[Fact]:
        """Return facts that wait for this process to tell them, the oldest first."""
        ...

    async def forget_facts(self, ids: Collection[str]) -> None:
        """Forget what is told."""
        ...


class Herald(Protocol):
    """Who tells the world."""

    async def tell(self, facts: Sequence[tuple[Sms, Ended | Held]]) -> bool:
        """Tell what became of SMSes, and return whether all of it is confirmed."""
        ...


class Permit(Protocol):
    """Leave to claim one SMS and to send it."""

    def again(self, claim: Fresh) -> Wait | None:
        """Look again, beside the fence: None where it may still be sent."""
        ...

    def heard(self, evidence: Evidence) -> None:
        """Learn what the request to send has shown: that may begin or end a pause."""
        ...

    @property
    def is_paused(self) -> bool:
        """Whether a pause covers its SMS by now."""
        ...

    def listed(self, account: str, evidence: Evidence) -> None:
        """Learn what a look-up has shown of an account."""
        ...

    def give_back(self) -> None:
        """Give it back, whatever has become of it."""
        ...


class Admission(Protocol):
    """What may be asked now. It only ever says later."""

    async def ask(self, sms: Sms) -> Permit | Wait:
        """Return leave for one SMS, to be given back, or how long to wait."""
        ...


class LookUps(Protocol):
    """What may be looked up now."""

    def may_look_up(self, account: str) -> bool:
        """Say whether an account may be asked now where a text is."""
        ...


class Gateway(Protocol):
    """Twilio, as far as the pipeline sees it. Neither method raises on a fault of the peer."""

    async def send(self, claim: Fresh, permit: Permit) -> Response:
        """Ask Twilio to send, unless the fence has passed or a pause has come."""
        ...

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Finding:
        """Look for the text at Twilio."""
        ...


class Policy(Protocol):
    """What may be sent."""

    def __call__(self, sms: Sms) -> Skip | None:
        """Decide on a fresh claim: Skip, or None where it may go out."""
        ...
