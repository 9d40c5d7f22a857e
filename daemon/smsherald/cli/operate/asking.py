"""Asking the daemon of this machine, at `http.listen`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import typer

from smsherald.cli.operate.whose import Whose, is_unit

if TYPE_CHECKING:
    from smsherald.settings.secret import Secret
    from smsherald.settings.values import HttpSettings

ANSWERS_WITHIN = 3.0
"""Seconds."""
_PATIENCE = 1.0
"""Seconds after which whoever looks on is told what is waited for."""
_REALM = 'realm="smsherald"'
"""What a daemon asks with for its token."""
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
    refused: bool = False
    """Whether it is a daemon that does not let this configuration in."""
    another: bool = False
    """Whether it is a daemon, and not this configuration's."""
    differs: str = ""
    """What this configuration says else of queue and ledger than the unit's daemon runs with."""

    def silence(self, address: str) -> str:
        """Say within a sentence that nothing is said there, and why."""
        if self.refused:
            said = "answers, and does not let this configuration in"
            return f"the daemon at {address} {said}: {self.why}"
        if self.another:
            return f"what answers at {address} is {self.why}"
        return f"no daemon answers at {address}: {self.why}"


def ask(
    address: str,
    path: str,
    token: Secret | None,
    *,
    has: str,
    whose: Whose,
    headers: Mapping[str, str] | None = None,
    within: float = ANSWERS_WITHIN,
) -> Answer:
    """Ask for a JSON object that has `has` in it, whatever its status; `within` in seconds.

    `token` is `http.token`; what another daemon says than that of `whose` is not taken.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    # Nobody's proxy stands between us and this machine.
    opener = build_opener(ProxyHandler({}))
    request = Request(f"{address}{path}", headers=dict(headers or {}))  # noqa: S310 - it is http
    if token is not None:
        # Not for where a redirect leads.
        request.add_unredirected_header("Authorization", f"Bearer {token.reveal()}")
    status = 0
    try:
        try:
            with _saying(f"waiting for the daemon at {address}, for {within:g} s at most"):
                answer = opener.open(request, timeout=within)
        except HTTPError as error:
            answer = error
        with answer:
            status, body = answer.status, answer.read(_LARGEST)
            asks = answer.headers.get("WWW-Authenticate", "")
        if status == HTTPStatus.UNAUTHORIZED and _REALM in asks:
            ours = "none is set" if token is None else "another is set"
            return Answer(
                None, f"it asks for its http.token, and {ours} here", status, refused=True
            )
        said = json.loads(body)
    except ValueError:
        said = None
    except TimeoutError:
        return Answer(None, f"what listens there has said nothing for {within:g} s")
    except (OSError, HTTPException) as error:
        if isinstance(getattr(error, "reason", None), TimeoutError):
            return Answer(None, f"nothing there has answered for {within:g} s")
        return Answer(None, str(getattr(error, "reason", error)) or type(error).__name__)
    if not isinstance(said, dict) or has not in said:
        return Answer(None, "what listens there is no smsherald of this version", status)
    return _taken(said, whose, status)


def _taken(said: Mapping[str, Any], whose: Whose, status: int) -> Answer:
    """Take what a daemon says only where it is the one that is meant."""
    its = Whose.said(said)
    if its.is_of(whose):
        return Answer(said, "", status)
    if is_unit(said):
        return Answer(said, "", status, differs=str(whose))
    why = f"another smsherald ({its}), not this configuration's ({whose})"
    return Answer(None, why, status, another=True)


@contextmanager
def _saying(what: str) -> Iterator[None]:
    """Say what is waited for where somebody looks on, once it takes long."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(_PATIENCE, typer.echo, [what], {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
