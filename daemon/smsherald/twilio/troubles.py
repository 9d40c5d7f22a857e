"""What is wrong with an account beside its pauses, as its latest answers have shown.

An account that nothing reaches fails no text: all of them wait. So somebody must see it at once,
long before it is asked nothing but probes; and a look-up may be refused while sending is not.
"""

from __future__ import annotations

from smsherald.model import Evidence, Operation, Scope, Shows


class Troubles:
    """The troubles of one account: that there is no connection, that it must not list."""

    def __init__(self) -> None:
        self._connection: str | None = None
        self._listing: str | None = None

    def heard(self, operation: Operation, evidence: Evidence) -> bool:
        """Take note of what a request has shown; True if that is news."""
        if self._connection is None is self._listing and evidence.lets_in:
            return False
        before = self.why
        if evidence.shows is Shows.NO_CONNECTION:
            self._connection = (
                f"no connection to Twilio at {evidence.where}: {evidence.failure} "
                f"(smsherald explain {evidence.failure})"
            )
        elif evidence.answered:
            self._connection = None
            # What is let in has signed in: it may list again, as far as anybody knows.
            if evidence.lets_in:
                self._listing = None
            elif operation == "list" and evidence.refuses is Scope.ACCOUNT:
                self._listing = f"Twilio refuses to list texts: {evidence.meaning}"
        return self.why != before

    @property
    def why(self) -> str | None:
        """All that is wrong, for an operator and without a full stop; None where nothing is."""
        return ", ".join(filter(None, (self._connection, self._listing))) or None
