"""What an operator learns of paused accounts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.twilio_observer import MOST_CODES, TwilioObserver

WHY = "10 requests in a row that Twilio may or may not have taken"


class Around:
    """What is reported to."""

    def __init__(self) -> None:
        self.health = Health(["twilio"], lambda: 0.0)
        self.metrics = Metrics([])
        self.asking = TwilioObserver(self.health, self.metrics)

    @property
    def problem(self) -> str | None:
        return self.health.components["twilio"]

    @property
    def paused(self) -> bytes:
        lines = self.metrics.render()[0].splitlines()
        return next(line for line in lines if line.startswith(b"smsherald_pauses{"))


@pytest.fixture
def around() -> Around:
    return Around()


def test_nothing_is_wrong_before_anything_was_asked(around: Around) -> None:
    assert around.problem is None
    assert around.paused == b'smsherald_pauses{scope="account"} 0.0'


@pytest.mark.parametrize(
    ("paused", "resumed", "problem", "count"),
    [
        pytest.param(["a"], [], f"account a is paused: {WHY}", 1, id="one"),
        pytest.param(
            ["a", "b"],
            [],
            f"account a is paused: {WHY}; account b is paused: {WHY}",
            2,
            id="two are named both",
        ),
        pytest.param(["a", "b"], ["a"], f"account b is paused: {WHY}", 1, id="one is back"),
        pytest.param(["a", "b"], ["b", "a"], None, 0, id="both are back"),
    ],
)
def test_health_and_metric_say_which_are_paused(
    around: Around, paused: Sequence[str], resumed: Sequence[str], problem: str | None, count: int
) -> None:
    for account in paused:
        around.asking.paused(account, WHY)
    for account in resumed:
        around.asking.resumed(account)

    assert around.problem == problem
    assert around.paused == b'smsherald_pauses{scope="account"} %d.0' % count


def test_a_pause_leaves_a_line_at_its_beginning_and_one_at_its_end(around: Around) -> None:
    with capture_logs() as lines:
        around.asking.paused("default", WHY)
        around.asking.resumed("default")

    assert lines == [
        {"log_level": "warning", "event": "account_paused", "account": "default", "why": WHY},
        {"log_level": "info", "event": "account_resumed", "account": "default"},
    ]


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


def test_health_names_each_account_that_cannot_be_asked_and_why(around: Around) -> None:
    around.asking.troubled("a", "no connection to Twilio: tls")
    around.asking.troubled("b", "Twilio refuses the account: 20003 (Permission Denied)")
    around.asking.paused("b", WHY)

    assert around.problem == (
        f"account b is paused: {WHY}; account a: no connection to Twilio: tls; "
        "account b: Twilio refuses the account: 20003 (Permission Denied)"
    )
    around.asking.troubled("a", None)
    around.asking.resumed("b")
    assert around.problem == ("account b: Twilio refuses the account: 20003 (Permission Denied)")
    around.asking.troubled("b", None)
    assert around.problem is None


def test_a_trouble_leaves_a_line_at_each_change(around: Around) -> None:
    with capture_logs() as lines:
        around.asking.troubled("a", "no connection to Twilio: tls")
        around.asking.troubled("a", None)

    assert lines == [
        {
            "log_level": "warning",
            "event": "account_in_trouble",
            "account": "a",
            "why": "no connection to Twilio: tls",
        },
        {"log_level": "info", "event": "account_answers", "account": "a"},
    ]
