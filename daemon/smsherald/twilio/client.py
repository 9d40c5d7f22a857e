"""One Twilio account: asks it to send a text, and to list the texts of a recipient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from twilio.http.response import Response
from twilio.rest import Client

from smsherald.model import Accepted, Asked, Cause, Failure, Scope, Sms, Unknown
from smsherald.ports import Clock
from smsherald.settings.twilio.decisions import Table
from smsherald.settings.values import TwilioAccount
from smsherald.sms import is_messaging_service
from smsherald.twilio import answers, failures
from smsherald.twilio.decisions import (
    TEST_CREDENTIALS,
    Refusal,
    cause_of,
    decide,
    is_undecided,
    meaning,
    scope_of,
)
from smsherald.twilio.http import HttpClient, retry_after, succeeded
from smsherald.twilio.observer import Observer

PAGE_SIZE = 1000
"""Texts a page: as many as Twilio allows, so that most look-ups see one moment only."""

NO_REGION = {"TWILIO_REGION": "", "TWILIO_EDGE": ""}
"""Twilio's client moves every address to these, the sandbox's too; `api_url` says it already."""

_Means_co = TypeVar("_Means_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reply(Generic[_Means_co]):
    """An HTTP answer, and what it means; what is wrong with it where it came to nothing."""

    means: _Means_co
    failure: Failure | None = None
    refuses: Scope | None = None
    """What else Twilio would answer like this, for now."""
    cause: Cause = Cause.REFUSED
    """Why that is: an operator must mend it, or there is too much of it."""
    meaning: str = ""
    """In Twilio's words, where it refuses more than a text."""


_UNREADABLE: Reply[Unknown] = Reply(Unknown(), "http_other")


class AccountClient:
    """Signs in to one account.

    Its requests go by `Client.request_async`, below twilio's resources: those build an object
    of every answer, and hide status and code in an exception.
    """

    def __init__(
        self,
        account: TwilioAccount,
        http: HttpClient,
        decisions: Callable[[], Table],
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._name, sid = account.public.name, account.public.sid
        self.where = http.way_to(account.api_url)
        self._client = Client(
            account.user,
            account.password.reveal(),
            sid,
            http_client=http,
            environment=NO_REGION,
        )
        self._client.api.base_url = account.api_url
        self._messages = self._client.api.v2010.absolute_url(f"/Accounts/{sid}/Messages.json")
        self._decisions = decisions
        self._clock = clock
        self._observer = observer

    async def create(self, asked: Asked, sms: Sms) -> Reply[Accepted | Refusal]:
        """Ask to send, with the media and options of `sms`.

        Raises NotSentError or UnansweredError where there is no answer.
        """
        sender = "MessagingServiceSid" if is_messaging_service(asked.sender) else "From"
        response = await self._client.request_async(
            "POST",
            self._messages,
            data={
                **sms.options,
                **({"MediaUrl": sms.media} if sms.media else {}),
                "To": asked.to,
                sender: asked.sender,
                "Body": asked.text,
                # Else a Messaging Service changes the text: what was measured and what a look-up
                # searches for would be another.
                "SmartEncoded": "false",
            },
        )
        if not succeeded(response.status_code):
            return self._refusal(response)
        accepted = answers.accepted(response.text)
        return Reply(accepted) if accepted else _UNREADABLE

    async def list_to(
        self, recipient: str, following: str | None = None
    ) -> Reply[answers.Page | Refusal]:
        """Ask for a page of the texts to a number, newest first; `following` is a page's own.

        Unknown says that the page cannot be read. To test credentials a list is refused, and they
        send nothing that could stand in it: it is empty. Raises what `create` raises.
        """
        if following is None:
            response = await self._client.request_async(
                "GET", self._messages, params={"To": recipient, "PageSize": PAGE_SIZE}
            )
        else:
            response = await self._client.api.request_async("GET", following)
        if not succeeded(response.status_code):
            if answers.error_code(response.text) == TEST_CREDENTIALS:
                self._observer.test_credentials(self._name)
                return Reply(answers.Page((), None))
            return self._refusal(response)
        page = answers.page(response.text)
        return Reply(page) if page else _UNREADABLE

    def _refusal(self, response: Response) -> Reply[Refusal]:
        status, code = response.status_code, answers.error_code(response.text)
        table = self._decisions()
        if code is not None and is_undecided(table, status, code):
            self._observer.undecided(status, code)
        wait = retry_after(response.headers.get("Retry-After"), self._clock.now())
        answer = decide(table, status, code, wait)
        scope = scope_of(table, answer, code)
        means = "" if scope is None else meaning(table, status, code)
        return Reply(answer, failures.of_status(status), scope, cause_of(answer), means)
