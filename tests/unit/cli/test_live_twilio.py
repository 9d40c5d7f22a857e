"""What `check --live` says of what Twilio shows."""

from __future__ import annotations

import pytest

from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.twilio import is_away, of_account
from smsherald.twilio.inspected import (
    AccountInfo,
    AccountSeen,
    Campaign,
    Number,
    Pool,
    SenderSeen,
    Unseen,
)

ACTIVE = AccountInfo("active", "Full")
REFUSED = Unseen("Authenticate (401, code 20003)", 401, 20003)
ABSENT = Unseen("there is none", 404)
SILENT = Unseen("no answer: timeout")
BUSY = Unseen("Too Many Requests (429, code 20429)", 429, 20429)
SERVICE = "MG" + "a" * 32
OWNED = Number("PN1", sms=True)


def findings(seen: AccountSeen) -> list[Finding]:
    return list(of_account(seen))


@pytest.mark.parametrize(
    ("seen", "mark", "said"),
    [
        (AccountSeen("shop", ACTIVE), Mark.OK, "is active (Full)"),
        (AccountSeen("shop", AccountInfo("active", "Trial")), Mark.WARNING, "a trial"),
        (AccountSeen("shop", AccountInfo("suspended", "Full")), Mark.ERROR, "is suspended"),
        (AccountSeen("shop", AccountInfo("closed", "Full")), Mark.ERROR, "is closed"),
        (AccountSeen("shop", REFUSED, REFUSED), Mark.ERROR, "refuses its credentials"),
        (AccountSeen("shop", ABSENT, ABSENT), Mark.ERROR, "refuses its credentials"),
        (AccountSeen("shop", REFUSED), Mark.UNSEEN, "may not read status and type"),
        (AccountSeen("shop", SILENT, SILENT), Mark.ERROR, "no answer: timeout"),
    ],
)
def test_an_account_is_said_to_send_or_not(seen: AccountSeen, mark: Mark, said: str) -> None:
    (found,) = findings(seen)

    assert (found.subject, found.mark) == ("account shop", mark)
    assert said in found.found


@pytest.mark.parametrize(
    ("refused", "away"),
    [(SILENT, True), (BUSY, True), (REFUSED, False), (ABSENT, False), (None, False)],
)
def test_it_is_away_where_no_answer_comes(refused: Unseen | None, away: bool) -> None:  # noqa: FBT001 - a column.
    assert is_away(AccountSeen("shop", REFUSED, refused)) is away


@pytest.mark.parametrize(
    ("sender", "mark", "said"),
    [
        (SenderSeen("+4915112345678", OWNED), Mark.OK, "has it"),
        (SenderSeen("+4915112345678", Number("PN1", sms=False)), Mark.ERROR, "cannot send SMS"),
        (SenderSeen("+4915112345678", owned=False), Mark.ERROR, "does not have it"),
        (SenderSeen("+4915112345678", REFUSED), Mark.UNSEEN, "20003"),
        (SenderSeen("12345", owned=True), Mark.OK, "has it"),
        (SenderSeen("12345", owned=False), Mark.ERROR, "does not have it"),
        (SenderSeen("Shop"), Mark.UNSEEN, "no list of names"),
        (SenderSeen(SERVICE, ABSENT), Mark.ERROR, "does not have it"),
        (SenderSeen(SERVICE, Pool(0, american=False)), Mark.ERROR, "has no sender (21704)"),
        (SenderSeen(SERVICE, Pool(2, american=False)), Mark.OK, "has 2 senders"),
        (SenderSeen(SERVICE, Pool(100, american=False, more=True)), Mark.OK, "has at least 100"),
    ],
)
def test_a_sender_is_the_accounts_or_not(sender: SenderSeen, mark: Mark, said: str) -> None:
    _, found = findings(AccountSeen("shop", ACTIVE, senders=(sender,)))

    assert (found.subject, found.mark) == (f"sender {sender.sender}", mark)
    assert said in found.found


@pytest.mark.parametrize(
    ("number", "campaign", "mark", "said"),
    [
        ("+12125550123", Campaign("VERIFIED", good=True, service=SERVICE), Mark.OK, "VERIFIED"),
        ("+12125550123", Campaign("PENDING", good=False), Mark.ERROR, "30034"),
        ("+12125550123", Campaign("FAILED", good=False, why="No opt-in."), Mark.ERROR, "No opt-in"),
        ("+12125550123", ABSENT, Mark.ERROR, "there is none: US carriers block"),
        ("+12125550123", REFUSED, Mark.UNSEEN, "20003"),
        ("+18885550123", Campaign("TWILIO_APPROVED", good=True), Mark.OK, "TWILIO_APPROVED"),
        ("+18885550123", ABSENT, Mark.ERROR, "30032"),
    ],
)
def test_a_us_number_must_be_registered(
    number: str, campaign: Campaign | Unseen, mark: Mark, said: str
) -> None:
    sender = SenderSeen(number, OWNED, campaign)
    *_, found = findings(AccountSeen("shop", ACTIVE, senders=(sender,)))

    assert found.subject.endswith(number)
    assert found.mark is mark
    assert said in found.found


def test_test_credentials_are_called_by_their_name_and_nothing_else_is_said_of_them() -> None:
    refused = Unseen("Resource not accessible (403, code 20008)", 403, 20008)
    senders = (SenderSeen("+15005550006"), SenderSeen("+15005550001"))
    account, sender = findings(AccountSeen("shop", refused, senders=senders))

    assert (account.subject, account.mark) == ("account shop", Mark.WARNING)
    assert "these are test credentials (20008): nothing is really sent" in account.found
    assert (sender.subject, sender.mark) == ("sender +15005550001", Mark.ERROR)
    assert "(21606)" in sender.found


@pytest.mark.parametrize(
    ("enabled", "mark"), [(True, Mark.OK), (False, Mark.ERROR), (REFUSED, Mark.UNSEEN)]
)
def test_a_country_may_be_texted_or_not(enabled: bool | Unseen, mark: Mark) -> None:  # noqa: FBT001 - a column.
    _, found = findings(AccountSeen("shop", ACTIVE, countries={"DE": enabled}))

    assert (found.subject, found.mark) == ("texts to DE by shop", mark)
