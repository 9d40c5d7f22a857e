"""Asking the daemon of this machine, at `http.listen`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from smsherald.settings.secret import Secret
    from smsherald.settings.values import HttpSettings

ANSWERS_WITHIN = 5.0
"""Seconds."""
_LARGEST = 10_000_000
"""Bytes of an answer: what listens there may be anything."""


def address_of(http: HttpSettings) -> str:
    """Return where the daemon listens; BadParameter where nobody knows."""
    if http.port == 0:
        raise typer.BadParameter(
            "http.listen has port 0: nobody knows where the daemon listens", param_hint="--config"
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(http.host, http.host)  # noqa: S104 - to ask it
    return f"http://[{host}]:{http.port}" if ":" in host else f"http://{host}:{http.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the daemon says, or why it says nothing."""

    said: Mapping[str, Any] | None
    why: str = ""
    status: int = 0
    """HTTP's; 0 where nobody has answered."""


def ask(
    address: str,
    path: str,
    token: Secret | None,
    *,
    has: str,
    headers: Mapping[str, str] | None = None,
    within: float = ANSWERS_WITHIN,
) -> Answer:
    """Ask for a JSON object that has `has` in it, whatever its status; `within` in seconds.

    `token` is `http.token`.
    """
    from http.client import UNAUTHORIZED, HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    # Nobody's proxy stands between us and this machine.
    opener = build_opener(ProxyHandler({}))
    request = Request(f"{address}{path}", headers=dict(headers or {}))  # noqa: S310 - it is http
    if token is not None:
        # Not for where a redirect leads.
        request.add_unredirected_header("Authorization", f"Bearer {token.reveal()}")
    try:
        try:
            answer = opener.open(request, timeout=within)
        except HTTPError as error:
            answer = error
        with answer:
            status, body = answer.status, answer.read(_LARGEST)
        if status == UNAUTHORIZED:
            return Answer(None, "http.token is another there than in this configuration", status)
        said = json.loads(body)
    except ValueError:
        said = None
    except (OSError, HTTPException) as error:
        return Answer(None, str(getattr(error, "reason", error)) or type(error).__name__)
    if not isinstance(said, dict) or has not in said:
        return Answer(None, "what listens there is no smsherald of this version")
    return Answer(said, "", status)
