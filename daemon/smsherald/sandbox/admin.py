"""The sandbox's own API under `/sandbox/`: faults to order, texts to read, figures to check."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web
from marshmallow import Schema, ValidationError, fields, post_load

from smsherald.sandbox.api import MessagesApi
from smsherald.sandbox.faults import Ending, Fault, Faults, Kind, Operation
from smsherald.sandbox.messages import Message
from smsherald.sandbox.origin import require_own_origin
from smsherald.sandbox.owned import OwnedApi
from smsherald.sandbox.store import Store

MOST_MESSAGES: Final = 1000
"""How many texts one answer holds unless `limit` says otherwise."""

_MOST_DIGITS: Final = 9


class _FaultSchema(Schema):
    """A fault as JSON: the fields of `Fault`, whose own checks complete these."""

    kind = fields.Enum(Kind, by_value=True, required=True)
    operation = fields.Enum(Operation, by_value=True)
    times = fields.Integer(strict=True, allow_none=True)
    probability = fields.Float()
    seed = fields.Integer(strict=True)
    seconds = fields.Float(allow_none=True)
    retry_after = fields.Integer(strict=True, allow_none=True)
    accepted = fields.Boolean()
    ending = fields.Enum(Ending, by_value=True)

    @post_load
    def make(self, data: dict[str, Any], **_options: Any) -> Fault:
        """Make the fault of checked fields."""
        try:
            return Fault(**data)
        except ValueError as error:
            field, _, rule = str(error).partition(": ")
            raise ValidationError({field: [rule]}) from error


_FAULT = _FaultSchema()


class Admin:
    """The handlers."""

    def __init__(
        self,
        store: Store,
        faults: Faults,
        api: MessagesApi,
        owned: OwnedApi,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._faults = faults
        self._api = api
        self._clock = clock
        self._owned = owned

    def routes(self) -> list[web.RouteDef]:
        """Return what answers under `/sandbox/`."""
        return [
            web.get("/sandbox/messages", self.messages),
            web.delete("/sandbox/messages", self.forget),
            web.get("/sandbox/faults", self.list_faults),
            web.post("/sandbox/faults", self.add_fault),
            web.delete("/sandbox/faults", self.clear_faults),
            web.delete("/sandbox/faults/{id:[0-9]{1,9}}", self.remove_fault),
            web.get("/sandbox/stats", self.stats),
            web.post("/sandbox/reset", self.reset),
        ]

    async def messages(self, request: web.Request) -> web.Response:
        """Return how many texts match the filters, and the newest of them, oldest first."""
        limit = _limit(request.query.get("limit"))
        matching = [message for message in self._store if _matches(message, request)]
        now = self._clock()
        shown = matching[max(len(matching) - limit, 0) :]
        return web.json_response(
            {"count": len(matching), "messages": [message.resource(now) for message in shown]}
        )

    async def forget(self, request: web.Request) -> web.Response:
        """Forget all texts."""
        require_own_origin(request)
        return web.json_response({"forgotten": self._store.clear()})

    async def list_faults(self, _request: web.Request) -> web.Response:
        """Return the faults that wait for requests."""
        waiting = self._faults.waiting().items()
        return web.json_response(
            {"faults": [{"id": i, **asdict(fault), "left": left} for i, (fault, left) in waiting]}
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        """Order a fault; 400 says what is wrong with it, field by field."""
        require_own_origin(request)
        try:
            fault: Fault = _FAULT.load(json.loads(await request.read()))
        except ValidationError as error:
            return web.json_response({"errors": error.messages}, status=400)
        except (ValueError, RecursionError):
            return web.json_response({"errors": "not JSON"}, status=400)
        return web.json_response({"id": self._faults.add(fault), **asdict(fault)}, status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Remove all faults."""
        require_own_origin(request)
        self._faults.clear()
        return web.Response(status=204)

    async def remove_fault(self, request: web.Request) -> web.Response:
        """Remove one fault."""
        require_own_origin(request)
        if not self._faults.remove(int(request.match_info["id"])):
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def stats(self, _request: web.Request) -> web.Response:
        """Return the figures."""
        return web.json_response(self.figures())

    async def reset(self, request: web.Request) -> web.Response:
        """Forget texts, faults, figures and what accounts were ordered to have."""
        require_own_origin(request)
        self._api.close()
        self._store.clear()
        self._store.accepted = 0
        self._faults.clear()
        self._faults.given.clear()
        self._api.requests.clear()
        self._owned.forget()
        return web.Response(status=204)

    def figures(self) -> dict[str, Any]:
        """Return requests by operation and end, texts taken and kept, faults given by kind."""
        requests = {
            operation.value: {
                end: self._api.requests[operation, end] for end in ("answered", "refused", "lost")
            }
            for operation in Operation
        }
        return {
            "requests": requests,
            "accepted": self._store.accepted,
            "kept": len(self._store),
            "faults": dict(self._faults.given),
        }


def _matches(message: Message, request: web.Request) -> bool:
    wanted = request.query
    return (
        wanted.get("account", message.account) == message.account
        and wanted.get("to", message.to) == message.to
        and wanted.get("from", message.sender) in {message.sender, message.service}
        and wanted.get("body", message.text) == message.text
        and wanted.get("sid", message.sid) == message.sid
    )


def _limit(text: str | None) -> int:
    if text is None:
        return MOST_MESSAGES
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise web.HTTPBadRequest(text="limit: a whole number")
    return int(text)
