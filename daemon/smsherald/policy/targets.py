"""What covers an SMS."""

from __future__ import annotations

from smsherald.model import Scope, Sms, Target

EVERYTHING = Target(Scope.ALL)


def targets(sms: Sms) -> tuple[Target, ...]:
    """Return what covers an SMS, but for its recipient's country; all of it comes first."""
    asked = sms.asked
    return (
        EVERYTHING,
        Target(Scope.ACCOUNT, asked.account),
        Target(Scope.SENDER, asked.sender),
        Target(Scope.FLOW, sms.flow),
    )


def refused(scope: Scope, sms: Sms) -> Target:
    """Return what a refusal of this scope is about."""
    names = {
        Scope.ACCOUNT: sms.asked.account,
        Scope.SENDER: sms.asked.sender,
        Scope.FLOW: sms.flow,
    }
    return Target(scope, names[scope])


def of_account(account: str) -> tuple[Target, str]:
    """Return what a pause of the whole account is known by."""
    return Target(Scope.ACCOUNT, account), account
