"""What a daemon pauses by itself, and what waits: in no ledger, so it is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smsherald.cli.operate import whose
from smsherald.cli.operate.asking import address_of, ask
from smsherald.cli.operate.terminal import printable
from smsherald.model import Cause, Scope, Target
from smsherald.policy.in_words import shown, waiting
from smsherald.timeline import moment

if TYPE_CHECKING:
    from smsherald.settings.load import LoadedLedger

_WITHIN = 3.0
"""Seconds that a daemon has to answer: the brake is not for it to hold up."""
_CAUSES = {
    Cause.REFUSED: "Twilio refuses it",
    Cause.UNANSWERED: "Twilio does not answer it",
    Cause.FULL: "Twilio keeps no more of its texts waiting",
}


@dataclass(frozen=True, slots=True)
class Own:
    """What the daemon of this machine says; `said` is None where it says nothing."""

    said: Mapping[str, Any] | None
    why: str = ""
    """Why it says nothing."""

    def pauses(self, target: Target | None = None) -> Iterator[str]:
        """Say a line for each that it has paused by itself; with a target, for those of it."""
        wanted = None if target is None else (target.scope, shown(target))
        for each in (self.said or {}).get("pauses", ()):
            it = (each["scope"], each["name"])
            if each["cause"] != Cause.OPERATOR and wanted in {None, it}:
                since = moment(each["since"], time.time())
                why = _CAUSES.get(each["cause"], each["cause"])
                more = f": {each['why']}" if each["why"] else ""
                yield printable(f"the {each['scope']} {each['name']}, since {since}: {why}{more}")

    def waits(self, target: Target) -> str:
        """Say how much waits, as far as a daemon knows it of what is paused."""
        said = self.said or {}
        if target.scope is Scope.FLOW and "deferred_by_flow" in said:
            count = said["deferred_by_flow"].get(target.name, 0)
            mine = (
                f"{count:,} of its SMSes {'was' if count == 1 else 'were'} put off and not sent yet"
            )
        else:
            mine = ""
        queue, retries = said.get("in_queue"), said.get("in_retry_queues")
        if queue is None or retries is None:
            return mine
        every = f"{waiting(queue + retries)} in all, for whatever reason"
        return f"{mine}; {every}" if mine else every

    @property
    def name(self) -> str:
        """Which daemon it is."""
        return f"the daemon {printable((self.said or {}).get('instance'))}"

    @property
    def silent(self) -> str:
        """Say that none answers."""
        return f"What a daemon pauses by itself is not known: {self.why}."


def own(on: LoadedLedger) -> Own:
    """Ask the daemon at `http.listen`."""
    if on.http.port == 0:
        return Own(None, "http.listen has port 0")
    address, mine = address_of(on.http), whose.of(on)
    answer = ask(address, "/status.json", on.http.token, has="ready", whose=mine, within=_WITHIN)
    return Own(answer.said, answer.silence(address))
