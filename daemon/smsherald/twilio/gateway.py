"""Twilio as the pipeline sees it: `ports.Gateway` over all configured accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, TypeAlias, TypeVar, assert_never

from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Asked,
    Cause,
    Evidence,
    Finding,
    Fresh,
    NotTaken,
    Operation,
    Rejected,
    Response,
    Scope,
    Shows,
    TakenOver,
    Unknown,
    Unlisted,
)
from smsherald.model.evidence import DONE
from smsherald.ports import Clock, Permit
from smsherald.settings.secret import Secret
from smsherald.settings.twilio.decisions import Table, load, overridden
from smsherald.settings.values import TwilioAccount, TwilioSettings
from smsherald.twilio import decisions, lookup
from smsherald.twilio.answers import Message, Page
from smsherald.twilio.client import AccountClient, Reply
from smsherald.twilio.decisions import Refusal
from smsherald.twilio.http import HttpClient, NoAnswerError, NotSentError, NoTurnError
from smsherald.twilio.observer import Observer
from smsherald.twilio.troubles import Troubles

MAX_PAGES = 100
"""Pages of one look-up; a recipient with more texts in the window cannot be looked up."""

Known: TypeAlias = Callable[[Collection[str]], Awaitable[frozenset[str]]]


class Pausing(Protocol):
    """Who pauses accounts."""

    def listed(self, account: str) -> None:
        """Learn that a look-up was answered."""
        ...

    def probe_now(self, account: str) -> None:
        """Learn that what an account is asked with has changed."""
        ...

    def forget(self, account: str) -> None:
        """Learn that this name means no account any more, or another."""
        ...


_NOT_SENT = NotTaken(Reason.NOT_TAKEN)
_Answered = TypeVar("_Answered", Accepted | Refusal, Page | Refusal)


@dataclass(frozen=True, slots=True)
class _Account:
    """What asks an account, and what is wrong with it."""

    name: str
    sid: str
    signs_in: tuple[str, Secret, str, frozenset[str]]
    """Who, by what, and where; and what it may send by."""
    client: AccountClient
    troubles: Troubles = field(default_factory=Troubles)


class TwilioGateway:
    """Sends and looks up; open as a context manager.

    `fence` and `skew` are the ledger's settings in seconds, `known` its method. What each request
    has shown goes to the permit that it was made with: there pauses begin and end.
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
        pausing: Pausing,
        observer: Observer,
    ) -> None:
        self._http = HttpClient(
            timeout=settings.timeout, connections=concurrency, proxy=settings.proxy
        )
        self._table: Table = {}
        self._accounts: dict[str, _Account] = {}
        self._fence = fence
        self._skew = skew
        self._clock = clock
        self._known = known
        self._pausing = pausing
        self._observer = observer
        self._is_closed = False
        self.take(settings)

    def take(self, settings: TwilioSettings) -> None:
        """Ask these accounts from now on, and decide so; a request that is out ends as it began.

        What is known of an account stays while its name and SID do; where it signs in otherwise,
        or elsewhere, its next probe is due at once.
        """
        self._table = overridden(load(), settings.decisions)
        before, accounts = self._accounts, settings.accounts
        self._accounts = {name: self._renewed(name, accounts[name]) for name in accounts}
        for account in before.values():
            if self._accounts.get(account.name) is not account:
                self._observer.replaced(account.name)
            if not self._is_asked(account):
                self._pausing.forget(account.name)
                if account.troubles.why is not None:
                    self._observer.troubled(account.name, None)

    def _renewed(self, name: str, account: TwilioAccount) -> _Account:
        public = account.public
        signs_in = (account.user, account.password, account.api_url, public.senders)
        known = self._accounts.get(name)
        if known is not None and (known.sid, known.signs_in) == (public.sid, signs_in):
            return known
        client = AccountClient(
            account, self._http, lambda: self._table, self._clock, self._observer
        )
        if known is None or known.sid != public.sid:
            return _Account(name, public.sid, signs_in, client)
        self._pausing.probe_now(name)
        return replace(known, signs_in=signs_in, client=client)

    def _is_asked(self, account: _Account) -> bool:
        """Whether somebody still wants to hear of it: its name may mean another by now, or none."""
        now = self._accounts.get(account.name)
        return now is not None and now.troubles is account.troubles

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        await self._http.__aexit__()

    async def send(self, claim: Fresh, permit: Permit) -> Response:
        """Ask Twilio to send.

        Past the fence nothing is asked: by then another process may look for the text. Nor where a
        pause has come since the permit was given, nor once this closes.
        """
        if self._is_closed:
            return _NOT_SENT
        if self._clock.monotonic() - claim.claimed > self._fence:
            return NotTaken(Reason.FENCED)
        if wait := permit.again(claim):
            return NotTaken(wait.reason, wait.seconds)
        account = self._account(claim.asked)
        if account is None:
            # The account has left the configuration since the claim; it may come back.
            return NotTaken(Reason.PAUSED, decisions.PAUSE)
        request = account.client.create(claim.asked, claim.sms)
        answer, evidence = await self._answer(account, "create", request)
        permit.heard(evidence)
        if isinstance(answer, NotTaken) and answer.reason is Reason.PAUSED:
            # Where nothing is paused for it, it was about this text alone, which must not be asked
            # again with every probe.
            return answer if permit.is_paused else replace(answer, wait=decisions.PAUSE)
        return answer

    def _account(self, asked: Asked) -> _Account | None:
        """Return the account that was asked; None where its name means another by now, or none."""
        account = self._accounts.get(asked.account)
        return account if account is not None and account.sid == asked.account_sid else None

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Finding:
        """Look for the text at Twilio: Accepted (found), Absent, or Unlisted where that failed."""
        account = self._account(claim.asked)
        if account is None:
            return Unlisted()
        found = await self._alike(account, claim, claim.since - self._skew, permit)
        if isinstance(found, Unlisted):
            return found
        self._pausing.listed(account.name)
        known = await self._known([message.sid for message in found]) if found else frozenset()
        ours = [message for message in found if message.sid not in known]
        if not ours:
            return Absent()
        first = lookup.earliest(ours)
        return Accepted(first.sid, first.status, found=True)

    async def _alike(
        self, account: _Account, claim: TakenOver, oldest: float, permit: Permit | None
    ) -> list[Message] | Unlisted:
        """List what may be the text that was asked for."""
        found: list[Message] = []
        following = None
        for _ in range(MAX_PAGES):
            request = account.client.list_to(claim.asked.to, following)
            page, evidence = await self._answer(account, "list", request)
            if permit is not None:
                permit.listed(account.name, evidence)
            if not isinstance(page, Page):
                return Unlisted(evidence.failure)
            alike = lookup.alike(page.messages, claim.asked)
            if any(message.created is None for message in alike):
                return Unlisted("http_other")
            found += (message for message in alike if not lookup.older(message, oldest))
            following = page.following
            if following is None or lookup.exhausted(page.messages, oldest):
                return found
        return Unlisted()

    async def _answer(
        self,
        account: _Account,
        operation: Operation,
        request: Awaitable[Reply[_Answered]],
    ) -> tuple[_Answered, Evidence]:
        """Await an answer, or say what it means that there is none; report what it has shown."""
        start = self._clock.monotonic()
        answer: _Answered
        try:
            reply = await request
        except NoAnswerError as error:
            not_sent = isinstance(error, NotSentError)
            answer = _NOT_SENT if not_sent else Unknown()
            evidence = Evidence(_shows(error), error.failure, account.client.where)
        else:
            answer, evidence = reply.means, evidence_of(reply)
        self._observer.requested(operation, answer.result, self._clock.monotonic() - start)
        if evidence.failure is not None:
            self._observer.failed(evidence.failure)
            if isinstance(answer, NotTaken | Unknown):
                answer = replace(answer, failure=evidence.failure)
        if account.troubles.heard(operation, evidence) and self._is_asked(account):
            self._observer.troubled(account.name, account.troubles.why)
        return answer, evidence


def _shows(error: NoAnswerError) -> Shows:
    match error:
        case NoTurnError():
            return Shows.NOTHING
        case NotSentError():
            return Shows.NO_CONNECTION
        case _:
            return Shows.UNKNOWN


def evidence_of(reply: Reply[Accepted | Page | Refusal]) -> Evidence:
    """Say what an HTTP answer shows of the account."""
    match reply.means:
        case Accepted() | Page():
            return DONE
        case Rejected():
            return Evidence(Shows.ANSWER, reply.failure, answered=True, lets_in=True)
        case NotTaken(reason=reason):
            limits = reply.cause is Cause.FULL and reply.refuses is Scope.ACCOUNT
            return Evidence(
                Shows.ANSWER,
                reply.failure,
                answered=True,
                lets_in=reason is Reason.PAUSED and reply.refuses is None,
                refuses=None if limits else reply.refuses,
                cause=reply.cause,
                limits=limits,
                meaning=reply.meaning,
            )
        case Unknown():
            return Evidence(Shows.UNKNOWN, reply.failure, answered=True)
        case _:
            assert_never(reply.means)
