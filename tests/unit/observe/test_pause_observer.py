"""What a person is told of pauses."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from smsherald.model import Cause, Pause, Scope, Target
from smsherald.observe.pause_observer import PauseObserver, Sentences, is_problem
from smsherald.policy.in_words import sentence

NOW = 1_750_000_000.0
ACCOUNT = Target(Scope.ACCOUNT, "default")
REFUSED = Pause(ACCOUNT, Cause.REFUSED, "20003 (Permission Denied)", NOW - 60, probe=NOW + 40)
SILENT = Pause(ACCOUNT, Cause.UNANSWERED, "10 requests in a row", NOW, probe=NOW - 3)
SENDER = Pause(Target(Scope.SENDER, "+15550001111"), Cause.FULL, "21611", NOW, probe=NOW + 5)
FLOW = Pause(
    Target(Scope.FLOW, "order-created"), Cause.OPERATOR, "a typo", NOW, NOW + 3600, who="ann@shop"
)
ALL = Pause(Target(Scope.ALL), Cause.OPERATOR, "", NOW, who="ann@shop")


@pytest.mark.parametrize(
    ("pause", "said"),
    [
        (REFUSED, "Twilio refuses account default: 20003 (Permission Denied); next probe in 40 s"),
        (
            SILENT,
            "Twilio does not answer account default: 10 requests in a row; the next SMS is a probe",
        ),
        (
            SENDER,
            "Twilio keeps no more texts of sender +1•••••••11 waiting: 21611; next probe in 5 s",
        ),
        (
            FLOW,
            (
                "flow order-created is paused by ann@shop since 2025-06-15 15:06:40 UTC: a typo; "
                "until 2025-06-15 16:06:40 UTC"
            ),
        ),
        (ALL, "everything is paused by ann@shop since 2025-06-15 15:06:40 UTC"),
    ],
)
def test_a_sentence_says_what_waits_why_and_until_when(pause: Pause, said: str) -> None:
    assert sentence(pause, NOW) == said


def test_only_an_account_that_cannot_be_asked_is_a_problem() -> None:
    assert [is_problem(pause) for pause in (REFUSED, SILENT, SENDER, FLOW, ALL)] == [
        *(True, True),
        *(False, False, False),
    ]


def test_problems_and_notes_say_how_many_events_wait() -> None:
    sentences = Sentences(lambda: [REFUSED, ALL], lambda: 1204, lambda: NOW)

    assert sentences.problems() == [f"{sentence(REFUSED, NOW)}; 1,204 events wait"]
    assert sentences.notes() == [f"{sentence(ALL, NOW)}; 1,204 events wait"]


def test_nothing_is_said_of_what_does_not_wait() -> None:
    sentences = Sentences(list, lambda: 1204, lambda: NOW)

    assert (sentences.problems(), sentences.notes()) == ((), ())


def test_an_account_that_does_not_answer_is_covered_by_its_pause() -> None:
    sentences = Sentences(lambda: [SILENT], lambda: 0, lambda: NOW)

    assert sentences.covered("default")
    assert not sentences.covered("other")
    assert not Sentences(lambda: [REFUSED], lambda: 0, lambda: NOW).covered("default")


def test_a_pause_leaves_a_line_at_its_beginning_and_one_at_its_end() -> None:
    observer = PauseObserver()
    with capture_logs() as lines:
        observer.paused(FLOW)
        observer.resumed(FLOW)
        observer.paused(SENDER)

    flow = {"scope": "flow", "name": "order-created", "cause": "operator"}
    assert lines == [
        {
            "log_level": "warning",
            "event": "paused",
            **flow,
            "why": "a typo",
            "who": "ann@shop",
        },
        {"log_level": "info", "event": "resumed", **flow},
        {
            "log_level": "warning",
            "event": "paused",
            "scope": "sender",
            "name": "+1•••••••11",
            "cause": "full",
            "why": "21611",
        },
    ]
