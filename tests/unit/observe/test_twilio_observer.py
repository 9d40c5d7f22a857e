"""What an operator learns of accounts."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.pause_observer import Sentences
from smsherald.observe.twilio_observer import MOST_CODES, TwilioObserver


class Around:
    """What is reported to."""

    def __init__(self) -> None:
        self.health = Health(["twilio"], lambda: 0.0)
        self.pauses: list[Pause] = []
        sentences = Sentences(lambda: self.pauses, lambda: 0, lambda: 0.0, alone=lambda: True)
        self.asking = TwilioObserver(self.health, Metrics([]), sentences)

    @property
    def problem(self) -> str | None:
        return self.health.components["twilio"]


@pytest.fixture
def around() -> Around:
    return Around()


def test_nothing_is_wrong_before_anything_was_asked(around: Around) -> None:
    assert around.problem is None


def test_a_code_that_nobody_has_decided_on_is_warned_of_once(around: Around) -> None:
    with capture_logs() as lines:
        for status, code in [(400, 98765), (422, 98765), (400, 98764), (400, 98765)]:
            around.asking.undecided(status, code)

    assert lines == [
        {
            "log_level": "warning",
            "event": "twilio_code_undecided",
            "status": 400,
            "twilio_code": code,
        }
        for code in (98765, 98764)
    ]


def test_codes_without_end_are_not_remembered_without_end(around: Around) -> None:
    with capture_logs() as lines:
        for code in range(2 * MOST_CODES):
            around.asking.undecided(400, code)

    assert len(lines) == MOST_CODES


def test_test_credentials_are_a_doubt_until_the_account_signs_in_otherwise(around: Around) -> None:
    for account in ("a", "b", "a"):
        around.asking.test_credentials(account)
    around.asking.replaced("b")

    test = "these are Twilio's test credentials: nothing is really sent"
    assert around.health.doubts == [f"account a: {test}"]
    around.asking.replaced("a")
    assert around.health.doubts == []


def test_health_names_each_account_that_cannot_be_asked_and_why(around: Around) -> None:
    silence = Pause(Target(Scope.ACCOUNT, "b"), Cause.UNANSWERED, "ten in a row", 0.0)
    around.asking.troubled("a", "no connection to Twilio: tls")
    around.asking.troubled("b", "no connection to Twilio: no_address")
    around.pauses.append(silence)

    assert around.problem == (
        "Twilio does not answer account b: ten in a row; smsherald explain unanswered "
        "says what to do; account a: no connection to Twilio: tls"
    )
    around.asking.troubled("a", None)
    around.pauses.clear()
    assert around.problem == "account b: no connection to Twilio: no_address"
    around.asking.troubled("b", None)
    assert around.problem is None


def test_test_credentials_are_a_warning_once_for_each_account(around: Around) -> None:
    with capture_logs() as lines:
        for account in ("a", "a", "b"):
            around.asking.test_credentials(account)

    assert [(line["event"], line["log_level"], line["account"]) for line in lines] == [
        ("test_credentials", "warning", "a"),
        ("test_credentials", "warning", "b"),
    ]
    assert around.problem is None
