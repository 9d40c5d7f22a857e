"""What keeps an account from being asked at all, as its latest answers have shown.

An account that is refused, or that nothing reaches, fails no text: all of them wait. So somebody
must see it at once, and until an answer shows otherwise.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from smsherald.model import Operation
from smsherald.twilio.decisions import Scope
from smsherald.twilio.evidence import Evidence, Shows

_Key: TypeAlias = tuple[Operation | None, Scope | None, str]
_CONNECTION: _Key = (None, None, "")


class Troubles:
    """The troubles of one account, each with its sentence.

    A refusal is that of whom it is about: a sender that is refused stays so while others are
    taken, and a number that is refused is no trouble.
    """

    def __init__(self) -> None:
        self._sentences: dict[_Key, str] = {}

    def heard(self, operation: Operation, evidence: Evidence, sender: str, flow: str) -> bool:
        """Take note of what a request by this sender and flow has shown; True if that is news."""
        if not self._sentences and evidence.lets_in:
            return False
        before = self.why
        if evidence.shows is Shows.NO_CONNECTION:
            self._sentences[_CONNECTION] = f"no connection to Twilio: {evidence.failure}"
        elif evidence.answered:
            self._answered(operation, evidence, sender, flow)
        return self.why != before

    @property
    def why(self) -> str | None:
        """All that is wrong, for an operator and without a full stop; None where nothing is."""
        # Two senders may be refused in the same words.
        return ", ".join(dict.fromkeys(self._sentences.values())) or None

    def _answered(self, operation: Operation, evidence: Evidence, sender: str, flow: str) -> None:
        names = {Scope.ACCOUNT: "", Scope.SENDER: sender, Scope.FLOW: flow}
        self._sentences.pop(_CONNECTION, None)
        scope = evidence.refuses
        if scope is Scope.ACCOUNT or scope is Scope.SENDER or scope is Scope.FLOW:
            sentence = f"Twilio refuses {_whom(scope)}: {evidence.meaning}"
            self._sentences[operation, scope, names[scope]] = sentence
        if evidence.lets_in:
            for taken, name in names.items():
                self._sentences.pop((operation, taken, name), None)
        if scope is not None and scope is not Scope.ACCOUNT:
            self._sentences.pop((operation, Scope.ACCOUNT, ""), None)
        if evidence.lets_in and operation == "create":
            self._sentences.pop(("list", Scope.ACCOUNT, ""), None)


def _whom(scope: Scope) -> str:
    match scope:
        case Scope.ACCOUNT:
            return "the account"
        case Scope.SENDER:
            return "a sender of it"
        case Scope.FLOW:
            return "what a flow asks for"
        case Scope.RECIPIENT:
            return "a recipient"
        case _:
            assert_never(scope)
