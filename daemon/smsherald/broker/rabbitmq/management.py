"""Asks RabbitMQ's management plugin for what AMQP does not show: policies, bindings, rights."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth

from smsherald.broker.found import Managed, ManagedQueue, Rights, Trouble, Unseen
from smsherald.broker.rabbitmq.policies import holding
from smsherald.errors import SmsheraldError
from smsherald.settings.urls import Management

TIMEOUT = 5.0
"""Seconds for each question."""
_STRANGER = "what answers there is no RabbitMQ that we know"
_NO_RIGHTS = "it knows no rights of the user of broker.url"
_OF_RIGHTS = "user"
"""The word in its reasons about a user that it knows; of a login there are several sentences."""
_REFUSES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class _UnseenError(SmsheraldError):
    """It does not show something; the sentence says why."""

    def __init__(self, why: str, trouble: Trouble) -> None:
        self.unseen = Unseen(why, trouble)


async def managed(
    at: Management,
    virtual_host: str,
    user: str,
    queues: Iterable[str],
    exchanges: Iterable[str] = (),
) -> Managed:
    """Return what it shows of some queues and exchanges, and of a user's rights; raises nothing."""
    signed_in = encode_basic_auth(at.user.reveal(), at.password.reveal(), "utf-8")
    async with ClientSession(
        headers={"Authorization": signed_in}, timeout=ClientTimeout(total=TIMEOUT)
    ) as session:
        plugin = _Plugin(session, at.address, quote(virtual_host, safe=""))
        seen: dict[str, ManagedQueue | None]
        rights: Rights | Unseen
        try:
            seen = await plugin.queues(queues)
            types = await plugin.types(exchanges)
        except _UnseenError as error:
            # Where it refuses or does not answer once, it does so again.
            return Managed(error.unseen, error.unseen)
        try:
            rights = await plugin.rights(user)
        except _UnseenError as error:
            rights = error.unseen
        return Managed(seen, rights, types)


class _Plugin:
    def __init__(self, session: ClientSession, address: str, virtual_host: str) -> None:
        self._session = session
        self._address = address
        self._where = urlsplit(address).netloc
        self._virtual_host = virtual_host

    async def queues(self, names: Iterable[str]) -> dict[str, ManagedQueue | None]:
        policies = await self._get(f"policies/{self._virtual_host}") or []
        operators = await self._get(f"operator-policies/{self._virtual_host}") or []
        try:
            return {name: await self._queue(name, policies, operators) for name in names}
        except re.error:
            raise _UnseenError(
                "the pattern of a policy cannot be read here", Trouble.UNREADABLE
            ) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _UnseenError(_STRANGER, Trouble.STRANGER) from None

    async def _queue(self, name: str, policies: Any, operators: Any) -> ManagedQueue | None:
        path = f"queues/{self._virtual_host}/{quote(name, safe='')}"
        found = await self._get(path)
        if found is None:
            return None
        kind = str(found.get("type", "classic"))
        policy, definition = holding(name, kind, policies, operators)
        return ManagedQueue(
            type=kind,
            arguments=dict(found["arguments"]),
            policy=policy,
            definition=definition,
            bound=frozenset(
                (str(each["source"]), str(each["routing_key"]))
                for each in await self._get(f"{path}/bindings") or []
            ),
        )

    async def types(self, names: Iterable[str]) -> dict[str, str]:
        """Return the types of the exchanges that are there."""
        found = {
            name: await self._get(f"exchanges/{self._virtual_host}/{quote(name, safe='')}")
            for name in names
        }
        return {
            name: str(each.get("type", ""))
            for name, each in found.items()
            if isinstance(each, Mapping)
        }

    async def rights(self, user: str) -> Rights:
        found = await self._get(f"permissions/{self._virtual_host}/{quote(user, safe='')}")
        if not isinstance(found, Mapping):
            raise _UnseenError(_NO_RIGHTS, Trouble.STRANGER)
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
                    trouble = Trouble.TAG if _OF_RIGHTS in reason.lower() else Trouble.LOGIN
                    raise _UnseenError(f"it refuses its user: {reason}", trouble)
                if answer.status != HTTPStatus.OK:
                    raise _UnseenError(f"it answers with {answer.status}", Trouble.STRANGER)
                return await answer.json(content_type=None)
        except TimeoutError:
            why = f"it has not answered for {TIMEOUT:.0f} s at {self._where}"
            raise _UnseenError(why, Trouble.AWAY) from None
        except (ClientError, OSError) as error:
            # What others say of it may hold the address.
            number = getattr(error, "errno", None)
            why = os.strerror(number) if number else type(error).__name__
            raise _UnseenError(
                f"it does not answer at {self._where}: {why}", Trouble.AWAY
            ) from None
        except ValueError:
            raise _UnseenError(_STRANGER, Trouble.STRANGER) from None


async def _reason(answer: Any) -> str:
    try:
        said = await answer.json(content_type=None)
        return str(said["reason"])[:200]
    except (ClientError, ValueError, KeyError, TypeError):
        return str(answer.status)
