"""What Twilio's accounts have, compared with what we need; values in, findings out."""

from __future__ import annotations

from collections.abc import Iterator

from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.sms.region import UnitedStates, united_states
from smsherald.twilio.inspected import (
    AccountInfo,
    AccountSeen,
    Campaign,
    Number,
    Pool,
    SenderSeen,
    Unseen,
)

_READABLE = "credentials that may read it show it, such as the account's auth token"
_CONSOLE = "see Twilio's console"
TEST_SENDER = "+15005550006"
"""The only one that test credentials can send by (Twilio: "Test credentials")."""


def of_account(seen: AccountSeen) -> Iterator[Finding]:
    """Say what stands for and against sending by an account."""
    if seen.is_test:
        yield from _test(seen)
        return
    yield _account(seen)
    if seen.signs_in is not None:
        return
    for sender in seen.senders:
        yield from _sender(sender)
    for country, enabled in (seen.countries or {}).items():
        yield _country(country, enabled, seen.name)


def is_away(seen: AccountSeen) -> bool:
    """Say whether Twilio did not answer, or not what it was asked."""
    refused = seen.signs_in
    return refused is not None and not (refused.forbidden or refused.absent)


def _account(seen: AccountSeen) -> Finding:
    subject = f"account {seen.name}"
    if (refused := seen.signs_in) is not None:
        if refused.forbidden or refused.absent:
            return Finding(
                Mark.ERROR,
                subject,
                f"Twilio refuses its credentials: {refused.why}",
                "compare account_sid with auth_token, or api_key with api_secret, in the console",
            )
        found = refused.why if refused.status is None else f"Twilio does not say: {refused.why}"
        return Finding(Mark.ERROR, subject, found, "compare api_url and proxy")
    if isinstance(seen.info, Unseen):
        return Finding(
            Mark.UNSEEN,
            subject,
            f"it signs in, and may not read status and type of the account: {seen.info.why}",
            f"{_READABLE}, or a main API key",
        )
    return _info(subject, seen.info)


def _test(seen: AccountSeen) -> Iterator[Finding]:
    yield Finding(
        Mark.WARNING,
        f"account {seen.name}",
        "signs in, and these are test credentials (20008): nothing is really sent, whatever is "
        "said of a text, and Twilio shows nothing else of the account",
        "give it the live account_sid and auth_token before it goes live",
    )
    for sender in seen.senders:
        if sender.sender != TEST_SENDER:
            yield Finding(
                Mark.ERROR,
                f"sender {sender.sender}",
                "test credentials cannot send by it (21606)",
                f"name {TEST_SENDER} in `from` while you try things out, and no other in `senders`",
            )


def _info(subject: str, info: AccountInfo) -> Finding:
    if info.status != "active":
        return Finding(Mark.ERROR, subject, f"is {info.status}: it sends nothing", _CONSOLE)
    if info.type == "Trial":
        return Finding(
            Mark.WARNING,
            subject,
            "is active, and a trial: only verified numbers get texts, each behind Twilio's words; "
            "a trial that has free units in place of a balance sends none of your own (572006)",
            "upgrade it in Twilio's console",
        )
    return Finding(Mark.OK, subject, f"is active ({info.type})")


def _sender(seen: SenderSeen) -> Iterator[Finding]:
    subject = f"sender {seen.sender}"
    match seen.owned:
        case Unseen(absent=False):
            yield Finding(Mark.UNSEEN, subject, seen.owned.why, _READABLE)
        case Unseen() | False:
            yield Finding(
                Mark.ERROR,
                subject,
                "the account does not have it (21606, 21701)",
                "name one of the account's own in `from` and `senders`",
            )
        case Pool():
            yield _pool(subject, seen.owned)
        case Number(sms=False):
            yield Finding(
                Mark.ERROR,
                subject,
                "the account has it, and it cannot send SMS (21606)",
                "take a number with the capability SMS",
            )
        case Number() | True:
            yield Finding(Mark.OK, subject, "the account has it")
        case None:
            yield Finding(
                Mark.UNSEEN,
                subject,
                "Twilio has no list of names; some countries (the US, for one) take none, others "
                "only those that are registered",
                _CONSOLE,
            )
    if seen.campaign is not None:
        yield _campaign(seen.sender, seen.campaign)


def _pool(subject: str, pool: Pool) -> Finding:
    if not pool.count:
        return Finding(
            Mark.ERROR,
            subject,
            "the Messaging Service has no sender (21704)",
            "add a number to its sender pool",
        )
    senders = "1 sender" if pool.count == 1 else f"{pool.count} senders"
    if pool.more:
        senders = f"at least {senders}"
    return Finding(Mark.OK, subject, f"the Messaging Service has {senders}")


def _campaign(sender: str, campaign: Campaign | Unseen) -> Finding:
    free = united_states(sender) is UnitedStates.TOLL_FREE
    what = "toll-free verification" if free else "A2P campaign"
    code = 30032 if free else 30034
    subject = f"{what} of {sender}"
    if isinstance(campaign, Campaign):
        of = f" (Messaging Service {campaign.service})" if campaign.service else ""
        if campaign.good:
            return Finding(Mark.OK, subject, f"{campaign.status}{of}")
        why = f": {campaign.why}" if campaign.why else ""
        return Finding(
            Mark.ERROR,
            subject,
            f"{campaign.status}{of}{why}; US carriers block its texts ({code})",
            "wait for it, or mend it in Twilio's console",
        )
    if campaign.absent:
        return Finding(
            Mark.ERROR,
            subject,
            f"there is none: US carriers block its texts ({code})",
            "have it verified in Twilio's console"
            if free
            else "add it to a Messaging Service with a campaign (us_app_to_person)",
        )
    return Finding(Mark.UNSEEN, subject, campaign.why, _READABLE)


def _country(country: str, enabled: bool | Unseen, account: str) -> Finding:  # noqa: FBT001 - what was found.
    subject = f"texts to {country} by {account}"
    if isinstance(enabled, Unseen):
        return Finding(
            Mark.UNSEEN, subject, enabled.why, "Messaging, Settings, Geo permissions in the console"
        )
    if enabled:
        return Finding(Mark.OK, subject, "allowed (geo permissions)")
    return Finding(
        Mark.ERROR,
        subject,
        "not allowed (21408)",
        "enable it: Messaging, Settings, Geo permissions in Twilio's console",
    )
