"""The steps come by time, and say what has happened, each once."""

from __future__ import annotations

from dataclasses import replace

from smsherald.model import Scope, Target
from smsherald.timeline import Known
from support.timelines import ALL, ENTRY, EVENT, FREE, NOW, OWN, PARKED, SENT, SID, line, told


def test_of_an_sms_that_was_put_off_then_sent() -> None:
    before = line(at=NOW - 190, again=NOW - 185, reason="not_taken")
    steps = told(Known(rows=[replace(SENT, since=NOW - 195)], lines=[before])).steps

    assert [(step.at, step.text.split(": ", 1)[-1]) for step in steps] == [
        (
            NOW - 195,
            (
                f"the SMS of order-created to •••09 is claimed (event {EVENT}, order.created; "
                "account default)"
            ),
        ),
        (NOW - 190, "deferred, not_taken"),
        (NOW - 185, "the event was to come again"),
        (NOW - 180, SID),
        (NOW - 179, "sms.sent is told"),
    ]


def test_what_is_paused_is_one_while_it_waits() -> None:
    until = replace(ALL, until=NOW + 100)
    steps = told(Known(lines=[line(reason="paused")], pauses=[until])).steps

    assert [step.at for step in steps] == [NOW - 60, NOW - 8, NOW + 20, NOW + 100]
    assert all("paused" not in step.text for step in told(Known(rows=[SENT])).steps)


def test_a_pause_of_something_else_is_none() -> None:
    other = replace(OWN, target=Target(Scope.ACCOUNT, "loyalty"))
    steps = told(Known(rows=[FREE], lines=[line(reason="unknown")], pauses=[other, OWN])).steps

    assert [step.text for step in steps if "paused" in step.text] == [
        "paused: Twilio refuses account default: 20003; next probe in 40 s"
    ]


def test_no_pause_is_one_that_is_not_its() -> None:
    other = replace(ALL, target=Target(Scope.FLOW, "invoice"), until=NOW + 100)
    mine = replace(other, target=Target(Scope.FLOW, "order-created"))
    lines = [line(reason="paused")]

    for known in (Known(lines=lines, pauses=[other, mine]), Known(rows=[FREE], pauses=[mine])):
        steps = [step.text for step in told(known).steps]
        assert "the pause of flow order-created ends" in steps
        assert not any("invoice" in step for step in steps)
    assert not any("paused" in it.text for it in told(Known(rows=[SENT], pauses=[ALL])).steps)


def test_what_is_put_off_again_and_again_is_one() -> None:
    lines = [
        line(at=NOW - 30 * number, again=NOW - 30 * number + 30, reason="held")
        for number in range(12, 0, -1)
    ]
    merged = replace(lines[-1], times=12, since=lines[0].at)

    for known in (Known(lines=lines), Known(lines=[merged])):
        assert [(step.at, step.text) for step in told(known).steps] == [
            (
                NOW - 360,
                (
                    "the SMS of order-created to +1•••••••09: deferred, held, put off 12 "
                    "times, last at 2025-06-15 15:06:10 UTC"
                ),
            ),
            (NOW, "the event was to come again"),
        ]


def test_what_has_another_reason_between_is_not() -> None:
    lines = [line(at=NOW - 9, reason="held"), line(at=NOW - 8, reason="not_taken")]
    lines.append(line(at=NOW - 7, reason="held"))
    steps = [step.text for step in told(Known(lines=lines)).steps]

    assert sum(": deferred" in step for step in steps) == 3
    assert not any("times" in step for step in steps)


def test_what_is_parked_is_one() -> None:
    entry = replace(ENTRY, reason="missing_value", at=NOW - 8)
    steps = [step.text for step in told(Known(lines=[PARKED], parked=[entry])).steps]

    assert steps == ["parked for order-created: missing_value: to"]
