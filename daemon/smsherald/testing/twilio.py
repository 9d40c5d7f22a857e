"""Twilio, as a test sees it: what it was asked to send, and what goes wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from smsherald.sandbox import Fault, Kind, Message, Operation, Sandbox


class Twilio:
    """Orders faults of a sandbox. `times` is how many requests meet one; None: all until `heal`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        """All there is, other faults too: `sandbox.faults.add(Fault(…))`."""

    @property
    def texts(self) -> Sequence[Message]:
        """What it has taken so far, in that order."""
        return self.sandbox.messages

    def is_down(self, times: int | None = None) -> None:
        """Answer 503, to who sends and to who looks texts up: it took nothing, and nobody knows.

        Such a text is left alone for `ledger.quarantine` (2 minutes as shipped), is looked up then,
        and is sent again.
        """
        self._order(Kind.UNAVAILABLE, times, Operation.CREATE, Operation.LIST)

    def gives_no_answer(self, times: int | None = 1, *, taken: bool = False) -> None:
        """Break the connection off in place of an answer; `taken`: but send the text.

        It is what a timeout is to the daemon, without the time.
        """
        self._order(Kind.ACCEPT_THEN_RESET if taken else Kind.REFUSE, times)

    def limits_rates(self, times: int | None = 1, *, retry_after: int | None = None) -> None:
        """Answer 429, with a `Retry-After` of so many seconds: the text was not taken."""
        self.sandbox.faults.add(Fault(kind=Kind.RATE_LIMITED, times=times, retry_after=retry_after))

    def lets_nobody_in(self, times: int | None = None) -> None:
        """Answer 401, as to a wrong auth token: the account is paused."""
        self._order(Kind.NOT_AUTHENTICATED, times, Operation.CREATE, Operation.LIST)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.sandbox.faults.clear()

    def _order(self, kind: Kind, times: int | None, *operations: Operation) -> None:
        for operation in operations or (Operation.CREATE,):
            self.sandbox.faults.add(Fault(kind=kind, times=times, operation=operation))
