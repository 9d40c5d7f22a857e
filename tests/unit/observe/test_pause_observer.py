"""What a person is told of pauses."""

from __future__ import annotations

from dataclasses import replace

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
EXPLAIN = "smsherald explain 20003 says what to do"
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


def told(*pauses: Pause, waiting: int = 0, alone: bool = True) -> Sentences:
    return Sentences(lambda: pauses, lambda: waiting, lambda: NOW, alone=lambda: alone)


@pytest.mark.parametrize(
    ("pauses", "alone", "problems", "notes"),
    [
        ([REFUSED], True, [f"{{}}; 1,204 events wait; {EXPLAIN}"], []),
        ([ALL], True, [], ["{}; 1,204 events wait"]),
        ([ALL], False, [], ["{}; 1,204 events wait"]),
        ([ALL, REFUSED], True, [f"{{}}; 1,204 events wait; {EXPLAIN}"], ["{}"]),
        ([FLOW, REFUSED], True, [f"{{}}; 1,204 events wait; {EXPLAIN}"], ["{}"]),
        ([FLOW, ALL], True, [], ["{}", "{}; 1,204 events wait"]),
        ([FLOW], True, [], ["{}", "1,204 events wait in all"]),
        ([FLOW, SENDER], True, [], ["{}", "{}", "1,204 events wait in all"]),
        ([REFUSED], False, [f"{{}}; {EXPLAIN}"], ["1,204 events wait in all"]),
        ([FLOW, REFUSED], False, [f"{{}}; {EXPLAIN}"], ["{}", "1,204 events wait in all"]),
    ],
)
def test_how_many_events_wait_is_said_once_and_of_a_pause_only_where_it_holds_them_all(
    pauses: list[Pause],
    alone: bool,  # noqa: FBT001 - a column.
    problems: list[str],
    notes: list[str],
) -> None:
    sentences = told(*pauses, waiting=1204, alone=alone)
    ordered = [*filter(is_problem, pauses), *(each for each in pauses if not is_problem(each))]
    said = [*sentences.problems(), *sentences.notes()]

    assert (len(sentences.problems()), len(sentences.notes())) == (len(problems), len(notes))
    shapes = [*problems, *notes]
    words = [*(sentence(each, NOW) for each in ordered), ""]
    assert said == [shape.format(word) for shape, word in zip(shapes, words, strict=False)]


def test_one_event_waits_and_of_none_nothing_is_said() -> None:
    assert told(FLOW, waiting=1).notes()[-1] == "1 event waits in all"
    assert told(FLOW).notes() == [sentence(FLOW, NOW)]
    assert list(told(REFUSED).problems()) == [f"{sentence(REFUSED, NOW)}; {EXPLAIN}"]


@pytest.mark.parametrize(
    ("why", "explained"),
    [("20003 (Permission Denied)", "20003"), ("HTTP 403 without a code", "refused")],
)
def test_what_nobody_wants_says_which_command_knows_what_to_do(why: str, explained: str) -> None:
    (said,) = told(replace(REFUSED, why=why)).problems()

    assert said.endswith(f"; smsherald explain {explained} says what to do")


def test_nothing_is_said_of_what_does_not_wait() -> None:
    sentences = told(waiting=1204)

    assert (list(sentences.problems()), list(sentences.notes())) == ([], [])


def test_an_account_that_does_not_answer_is_covered_by_its_pause() -> None:
    assert told(SILENT).covered("default")
    assert not told(SILENT).covered("other")
    assert not told(REFUSED).covered("default")


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
