"""What one request to Twilio has shown, beside what became of its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from smsherald.model.answer import Failure
from smsherald.model.pause import Cause, Scope


class Shows(Enum):
    """Whether Twilio answers."""

    ANSWER = auto()
    """Twilio said what became of the request: taken, refused, or not now."""
    UNKNOWN = auto()
    """Twilio may or may not have taken it."""
    NO_CONNECTION = auto()
    """It never left. That costs no quarantine, and shows no Twilio that answers either."""
    NOTHING = auto()
    """Nothing was asked, or it was given up before it showed anything."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a request has shown; `failure` is why it came to nothing, None where it did not."""

    shows: Shows
    failure: Failure | None = None
    where: str = ""
    """The host and port that were asked, where no answer came."""
    answered: bool = False
    """Whether a whole HTTP answer came, whatever it says."""
    lets_in: bool = False
    """Twilio did what was asked, or refused this one text for what it is: it took the account, the
    sender and all that was asked for beside the text."""
    refuses: Scope | None = None
    """What else would be refused like this text: all of the account, of the sender or of the flow.
    """
    cause: Cause = Cause.REFUSED
    """Why, where it refuses more than the text."""
    limits: bool = False
    """Twilio took the account for too busy (429)."""
    meaning: str = ""
    """In Twilio's words, where it refuses more than the text."""


NOTHING = Evidence(Shows.NOTHING)
DONE = Evidence(Shows.ANSWER, answered=True, lets_in=True)
