"""What became of an event or a text, a line each: words that are no reasons, and are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_WHY = "its `reason` says why: `smsherald explain REASON`"

OUTCOMES: Final[Mapping[str, str]] = {
    "sent": (
        "Twilio has taken the text, under the SID that `smsherald ledger show` names; whether it "
        "was delivered, Twilio's console knows"
    ),
    "failed": f"the text can never be sent, and has ended; {_WHY}",
    "skipped": f"the text is deliberately not sent, and has ended; {_WHY}",
    "duplicate": (
        "the text had ended before this delivery came, and nothing is sent again; "
        "`smsherald why EVENT-ID` says how, and, where another event has it (`once`), which: "
        "`smsherald ledger show` finds it by that other event's reference, or by the SID"
    ),
    "parked": f"it waits for a person: `smsherald parked list`; {_WHY}",
    "deferred": (
        f"it is not sent now, and comes again by itself: `smsherald why EVENT-ID` says when; {_WHY}"
    ),
    "handled": (
        "something was made of the event; what became of its texts `smsherald why EVENT-ID` says"
    ),
    "ignored": "no flow makes a text of the event: compare `subscribe` and `when` of the flows",
}
"""`held` is a reason, too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome, and what it means, where to look: no full stop ends it."""

    word: str
    meaning: str


def of_outcome(said: str) -> Outcome | None:
    """Return what a word means; None where it is no outcome."""
    word = said.strip().lower()
    return Outcome(word, OUTCOMES[word]) if word in OUTCOMES else None
