"""Twilio as the pipeline sees it: `ports.Gateway` over all configured accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import ClassVar, Self, TypeAlias, TypeVar, assert_never

from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Asked,
    Fresh,
    NotTaken,
    Operation,
    Rejected,
    Result,
    TakenOver,
    Unknown,
    Unlisted,
)
from smsherald.ports import Clock
from smsherald.settings.values import TwilioSettings
from smsherald.twilio import decisions, lookup
from smsherald.twilio.answers import Message, Page
from smsherald.twilio.breaker import Began, Breaker, Ended, Evidence
from smsherald.twilio.client import AccountClient, Created, Listed
from smsherald.twilio.http import HttpClient, NotSentError, UnansweredError
from smsherald.twilio.observer import Observer

MAX_PAGES = 100
"""Pages of one look-up; a recipient with more texts in the window cannot be looked up."""

Known: TypeAlias = Callable[[Collection[str]], Awaitable[frozenset[str]]]
_Answered = TypeVar("_Answered", bound=Created | Listed)


@dataclass(frozen=True, slots=True)
class NotAsked:
    """There was no connection: nothing of the request has left."""

    result: ClassVar[Result] = "not_taken"


@dataclass(frozen=True, slots=True)
class _Account:
    """What asks an account, and whether it may be asked to send."""

    name: str
    client: AccountClient
    breaker: Breaker = field(default_factory=Breaker)


class TwilioGateway:
    """Sends and looks up; open as a context manager.

    `fence` and `skew` are the ledger's settings in seconds, `known` its method. An account whose
    requests to send are of unknown fate too often is paused (`breaker.py`); look-ups go on.
    """

    def __init__(
        self,
        settings: TwilioSettings,
        *,
        concurrency: int,
        fence: float,
        skew: float,
        clock: Clock,
        known: Known,
        observer: Observer,
    ) -> None:
        self._http = HttpClient(timeout=settings.timeout, connections=concurrency)
        table = decisions.load()
        self._accounts = {
            name: _Account(name, AccountClient(account, self._http, table, clock, observer))
            for name, account in settings.accounts.items()
        }
        self._fence = fence
        self._skew = skew
        self._clock = clock
        self._known = known
        self._observer = observer

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    async def send(self, claim: Fresh) -> Answer:
        """Ask Twilio to send: Accepted, Rejected, NotTaken or Unknown.

        Past the fence nothing is asked: by then another process may look for the text. Nor in a
        pause, but by one probe at a time.
        """
        now = self._clock.monotonic()
        if now - claim.claimed > self._fence:
            return NotTaken(Reason.FENCED)
        account = self._accounts.get(claim.asked.account)
        if account is None:
            # The account has left the configuration since the claim; it may come back.
            return NotTaken(Reason.PAUSED, decisions.PAUSE)
        permit = account.breaker.permit(now)
        if permit is None:
            return NotTaken(Reason.PAUSED, account.breaker.wait(now))
        evidence = Evidence.NOTHING
        try:
            answer = await self._answer("create", account.client.create(claim.asked))
            evidence = evidence_of(answer)
        finally:
            self._tell(
                account, account.breaker.give_back(permit, evidence, self._clock.monotonic())
            )
        return NotTaken(Reason.NOT_TAKEN) if isinstance(answer, NotAsked) else answer

    def _tell(self, account: _Account, change: Began | Ended | None) -> None:
        match change:
            case None:
                pass
            case Began():
                self._observer.paused(account.name, change.why)
            case Ended():
                self._observer.resumed(account.name)
            case _:
                assert_never(change)

    async def find(self, claim: TakenOver) -> Answer:
        """Look for the text at Twilio: Accepted (found), Absent, or Unlisted where that failed."""
        account = self._accounts.get(claim.asked.account)
        if account is None:
            return Unlisted()
        found = await self._alike(account.client, claim.asked, claim.since - self._skew)
        if found is None:
            return Unlisted()
        self._tell(account, account.breaker.listed(self._clock.monotonic()))
        known = await self._known([message.sid for message in found]) if found else frozenset()
        ours = [message for message in found if message.sid not in known]
        if not ours:
            return Absent()
        first = lookup.earliest(ours)
        return Accepted(first.sid, first.status, found=True)

    async def _alike(
        self, client: AccountClient, asked: Asked, oldest: float
    ) -> list[Message] | None:
        """List what may be the text that was asked for; None where it cannot be told."""
        found: list[Message] = []
        following = None
        for _ in range(MAX_PAGES):
            page = await self._answer("list", client.list_to(asked.to, following))
            if not isinstance(page, Page):
                return None
            alike = lookup.alike(page.messages, asked)
            if any(message.created is None for message in alike):
                return None
            found += (message for message in alike if not lookup.older(message, oldest))
            following = page.following
            if following is None or lookup.exhausted(page.messages, oldest):
                return found
        return None

    async def _answer(
        self, operation: Operation, request: Awaitable[_Answered]
    ) -> _Answered | NotAsked | Unknown:
        """Await an answer, or say what it means that there is none; measure either."""
        start = self._clock.monotonic()
        answer: _Answered | NotAsked | Unknown
        try:
            answer = await request
        except NotSentError:
            answer = NotAsked()
        except UnansweredError:
            answer = Unknown()
        self._observer.requested(operation, answer.result, self._clock.monotonic() - start)
        return answer


def evidence_of(answer: Created | NotAsked) -> Evidence:
    """Say what an answer to a request to send shows of Twilio."""
    match answer:
        case Accepted() | Rejected() | NotTaken():
            return Evidence.ANSWER
        case Unknown():
            return Evidence.UNKNOWN
        case NotAsked():
            return Evidence.NO_CONNECTION
        case _:
            assert_never(answer)
