"""Who is told how Twilio fares."""

from __future__ import annotations

from typing import Protocol

from smsherald.model import Failure, Operation, Result


class Observer(Protocol):
    """Called on the loop; must return at once and not raise."""

    def requested(self, operation: Operation, result: Result, seconds: float) -> None:
        """Learn of a request, what came of it, and how long it took."""
        ...

    def failed(self, failure: Failure) -> None:
        """Learn why a request came to nothing: beside `requested`, where one did."""
        ...

    def troubled(self, account: str, why: str | None) -> None:
        """Learn what keeps an account from being asked, without a full stop; None: nothing does.

        Called where it is another than before. Never with a number or a text.
        """
        ...

    def undecided(self, status: int, code: int) -> None:
        """Learn of a refusal (4xx) with a code that the table of decisions does not decide on."""
        ...

    def test_credentials(self, account: str) -> None:
        """Learn that an account signs in with Twilio's test credentials: nothing is really sent."""
        ...

    def replaced(self, account: str) -> None:
        """Learn that an account signs in otherwise from now on, or that there is none of its name.

        What was learned of how it signs in is over.
        """
        ...
