"""Twilio's Messages API over HTTP: create, list and fetch, with the faults that were ordered."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from aiohttp import web

from smsherald.sandbox import wire
from smsherald.sandbox.accounts import authorize
from smsherald.sandbox.faults import LONGEST, Ending, Fault, Faults, Kind, Operation, Plan
from smsherald.sandbox.listing import read_page, read_query
from smsherald.sandbox.messages import API_VERSION, Draft
from smsherald.sandbox.owned import Owned
from smsherald.sandbox.refusals import (
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    NOT_AUTHENTICATED,
    TEST_CREDENTIALS,
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    Refusal,
    not_found,
)
from smsherald.sandbox.restricted import restricted
from smsherald.sandbox.store import Store
from smsherald.sandbox.validation import read_draft, read_form

Answer = tuple[int, dict[str, Any]]


class MessagesApi:
    """The handlers; `requests` counts them by operation and by what came of them.

    What is done to a text happens without a pause once its request is read, so a client that
    goes away early cannot undo it.
    """

    def __init__(
        self,
        store: Store,
        faults: Faults,
        accounts: Mapping[str, str] | None,
        closing: asyncio.Event,
        clock: Callable[[], float],
        *,
        owned: Callable[[], Owned],
    ) -> None:
        self._store = store
        self._faults = faults
        self._accounts = accounts
        self._closing = closing
        self._clock = clock
        self._owned = owned
        self._late: set[asyncio.TimerHandle] = set()
        self.requests: Counter[tuple[Operation, str]] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """Return what answers under `/2010-04-01/`."""
        messages = f"/{API_VERSION}/Accounts/{{account}}/Messages.json"
        message = f"/{API_VERSION}/Accounts/{{account}}/Messages/{{sid}}.json"
        return [
            web.post(messages, self.create),
            web.get(messages, self.list_page, allow_head=False),
            web.get(message, self.fetch, allow_head=False),
            web.route("*", messages, _method_not_allowed),
            web.route("*", message, _method_not_allowed),
            web.route("*", f"/{API_VERSION}/{{path:.*}}", _not_found),
        ]

    def close(self) -> None:
        """Forget what would have been accepted late."""
        for handle in self._late:
            handle.cancel()
        self._late.clear()

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Take a text."""
        plan = self._faults.draw(Operation.CREATE)
        if (ended := await self._before(request, Operation.CREATE, plan)) is not None:
            return ended
        form = read_form(request.content_type, await request.read())
        account = request.match_info["account"]
        draft = form if isinstance(form, Refusal) else read_draft(account, form)
        if not isinstance(draft, Refusal):
            draft = restricted(draft, self._owned())
        if isinstance(draft, Refusal):
            return self._refuse(Operation.CREATE, draft)
        if plan.fault is not None and plan.fault.kind is Kind.ACCEPT_LATE:
            return await self._accept_late(request, draft, plan.fault, plan.lag)
        now = self._clock()
        message = self._store.accept(draft, now, plan.lag)
        answer = (201, message.resource(now))
        return await self._after(request, Operation.CREATE, plan.fault, answer)

    async def list_page(self, request: web.Request) -> web.StreamResponse:
        """Return a page of texts, newest first."""
        plan = self._faults.draw(Operation.LIST)
        if (ended := await self._before(request, Operation.LIST, plan)) is not None:
            return ended
        query = read_query(request.query)
        if not isinstance(query, Refusal):
            page = read_page(self._store, request.match_info["account"], query, self._clock())
            if not isinstance(page, Refusal):
                return await self._after(request, Operation.LIST, plan.fault, (200, page))
            query = page
        return self._refuse(Operation.LIST, query)

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """Return one text."""
        plan = self._faults.draw(Operation.FETCH)
        if (ended := await self._before(request, Operation.FETCH, plan)) is not None:
            return ended
        message = self._store.get(request.match_info["sid"])
        if message is None or message.account != request.match_info["account"]:
            return self._refuse(Operation.FETCH, not_found(request.path))
        answer = (200, message.resource(self._clock()))
        return await self._after(request, Operation.FETCH, plan.fault, answer)

    async def _before(
        self, request: web.Request, operation: Operation, plan: Plan
    ) -> web.StreamResponse | None:
        """Do what precedes the work: faults that prevent it, and the check of credentials."""
        fault = plan.fault
        if fault is not None and fault.kind is Kind.REFUSE:
            return self._lose(operation, request)
        if plan.latency:
            # Read now: a client that gives up while we wait would take an unread body with it.
            await request.read()
            await wire.pause(plan.latency, self._closing)
        header = request.headers.get("Authorization")
        account = request.match_info["account"]
        if (no := authorize(header, account, request.path, self._accounts)) is not None:
            return self._refuse(operation, no)
        if operation is not Operation.CREATE and self._owned().test_credentials:
            return self._refuse(operation, TEST_CREDENTIALS)
        if fault is not None and not fault.accepted and (no := _error(fault)) is not None:
            return self._refuse(operation, no, fault.retry_after)
        return None

    async def _after(
        self, request: web.Request, operation: Operation, fault: Fault | None, answer: Answer
    ) -> web.StreamResponse:
        """Give the answer, or what a fault makes of it."""
        if fault is None:
            self.requests[operation, "answered"] += 1
            return _json(*answer)
        match fault.kind:
            case Kind.ACCEPT_THEN_RESET:
                return self._lose(operation, request)
            case Kind.ACCEPT_THEN_HANG:
                self.requests[operation, "lost"] += 1
                return await wire.hang(request, fault.duration, self._closing)
            case Kind.TRUNCATED:
                self.requests[operation, "lost"] += 1
                status, body = answer
                text = json.dumps(body)
                return _json_text(status, text[: len(text) // 2])
            case Kind.INTERNAL_ERROR | Kind.UNAVAILABLE:
                return self._refuse(operation, _error(fault) or UNAVAILABLE)
            case (
                Kind.RATE_LIMITED
                | Kind.NOT_AUTHENTICATED
                | Kind.REFUSE
                | Kind.ACCEPT_LATE
                | Kind.LATENCY
                | Kind.LISTING_LAG
            ):
                raise AssertionError(fault.kind)
            case _:
                assert_never(fault.kind)

    async def _accept_late(
        self, request: web.Request, draft: Draft, fault: Fault, lag: float
    ) -> web.StreamResponse:
        loop = asyncio.get_running_loop()

        def accept() -> None:
            self._late.discard(handle)
            self._store.accept(draft, self._clock(), lag)

        handle = loop.call_later(fault.duration, accept)
        self._late.add(handle)
        match fault.ending:
            case Ending.RESET:
                return self._lose(Operation.CREATE, request)
            case Ending.HANG:
                self.requests[Operation.CREATE, "lost"] += 1
                return await wire.hang(request, LONGEST, self._closing)
            case Ending.ERROR:
                return self._refuse(Operation.CREATE, UNAVAILABLE)
            case _:
                assert_never(fault.ending)

    def _lose(self, operation: Operation, request: web.Request) -> web.Response:
        self.requests[operation, "lost"] += 1
        return wire.reset(request)

    def _refuse(
        self, operation: Operation, refusal: Refusal, retry_after: int | None = None
    ) -> web.Response:
        self.requests[operation, "refused"] += 1
        response = _json(refusal.status, refusal.body())
        if refusal.status == web.HTTPUnauthorized.status_code:
            response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response


def _error(fault: Fault) -> Refusal | None:
    """Return the answer of those faults that are an answer of their own."""
    return {
        Kind.RATE_LIMITED: TOO_MANY_REQUESTS,
        Kind.NOT_AUTHENTICATED: NOT_AUTHENTICATED,
        Kind.INTERNAL_ERROR: INTERNAL_ERROR,
        Kind.UNAVAILABLE: UNAVAILABLE,
    }.get(fault.kind)


def _json(status: int, body: Mapping[str, Any]) -> web.Response:
    return _json_text(status, json.dumps(body))


def _json_text(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=text.encode(), content_type="application/json")


async def _method_not_allowed(_request: web.Request) -> web.Response:
    return _json(METHOD_NOT_ALLOWED.status, METHOD_NOT_ALLOWED.body())


async def _not_found(request: web.Request) -> web.Response:
    refusal = not_found(request.path)
    return _json(refusal.status, refusal.body())
