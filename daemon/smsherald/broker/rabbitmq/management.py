"""Asks RabbitMQ's management plugin for what AMQP does not show: policies, bindings, rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth

from smsherald.broker.found import Managed, ManagedQueue, Rights
from smsherald.errors import SmsheraldError
from smsherald.settings.urls import Management

TIMEOUT = 5.0
"""Seconds for each question."""
_REFUSES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class _UnseenError(SmsheraldError):
    """It does not show something; the sentence says why."""


async def managed(at: Management, virtual_host: str, user: str, queues: Iterable[str]) -> Managed:
    """Return what it shows of some queues, and of a user's rights; raises nothing."""
    signed_in = encode_basic_auth(at.user.reveal(), at.password.reveal(), "utf-8")
    async with ClientSession(
        headers={"Authorization": signed_in}, timeout=ClientTimeout(total=TIMEOUT)
    ) as session:
        plugin = _Plugin(session, at.address, quote(virtual_host, safe=""))
        seen: dict[str, ManagedQueue | None] | str
        rights: Rights | str
        try:
            seen = {name: await plugin.queue(name) for name in queues}
        except _UnseenError as error:
            # Where it refuses or does not answer once, it does so again.
            return Managed(str(error), str(error))
        try:
            rights = await plugin.rights(user)
        except _UnseenError as error:
            rights = str(error)
        return Managed(seen, rights)


class _Plugin:
    def __init__(self, session: ClientSession, address: str, virtual_host: str) -> None:
        self._session = session
        self._address = address
        self._virtual_host = virtual_host

    async def queue(self, name: str) -> ManagedQueue | None:
        path = f"queues/{self._virtual_host}/{quote(name, safe='')}"
        found = await self._get(path)
        if found is None:
            return None
        bindings = await self._get(f"{path}/bindings") or []
        try:
            policies = (found.get("policy"), found.get("operator_policy"))
            return ManagedQueue(
                type=str(found.get("type", "classic")),
                arguments=dict(found["arguments"]),
                policy=" and ".join(map(str, filter(None, policies))),
                # Without any it is `[]` in some versions.
                definition=dict(found.get("effective_policy_definition") or {}),
                bound=frozenset((each["source"], each["routing_key"]) for each in bindings),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _UnseenError("what answers there is no RabbitMQ that we know") from None

    async def rights(self, user: str) -> Rights:
        found = await self._get(f"permissions/{self._virtual_host}/{quote(user, safe='')}")
        if not isinstance(found, Mapping):
            raise _UnseenError("it knows no rights of the user of broker.url")
        return Rights(*(str(found.get(right, "")) for right in ("configure", "write", "read")))

    async def _get(self, path: str) -> Any:
        """Return what stands there, None where nothing does."""
        try:
            async with self._session.get(
                f"{self._address}/api/{path}", allow_redirects=False
            ) as answer:
                if answer.status == HTTPStatus.NOT_FOUND:
                    return None
                if answer.status in _REFUSES:
                    reason = await _reason(answer)
                    raise _UnseenError(f"it refuses its user: {reason}")
                if answer.status != HTTPStatus.OK:
                    raise _UnseenError(f"it answers with {answer.status}")
                return await answer.json(content_type=None)
        except TimeoutError:
            raise _UnseenError(f"it has not answered for {TIMEOUT:.0f} s") from None
        except (ClientError, OSError, ValueError) as error:
            # The sentences of others may hold the address, and with it a password.
            why = getattr(error, "strerror", None) or type(error).__name__
            raise _UnseenError(f"it does not answer: {why}") from None


async def _reason(answer: Any) -> str:
    try:
        said = await answer.json(content_type=None)
        return str(said["reason"])[:200]
    except (ClientError, ValueError, KeyError, TypeError):
        return str(answer.status)
