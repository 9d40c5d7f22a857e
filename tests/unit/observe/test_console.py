"""An event's line for a reader."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
import structlog

from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    Duplicate,
    EventOutcome,
    Failed,
    OtherEvent,
    Outcome,
    Parked,
    Settlement,
    Skipped,
)
from smsherald.observe.console import compact
from smsherald.observe.event_line import event_line
from smsherald.observe.log import configure
from smsherald.settings.values import LogSettings
from support.examples import ASKED, EVENT, SENT, SMS

SID = "SM" + 32 * "0"
FAILED = Failed(ASKED, Reason.BAD_RECIPIENT, code=21614, at=0, claim_number=1)


def shown(
    outcome: EventOutcome,
    outcomes: Sequence[Outcome] = (),
    defects: Sequence[Defect] = (),
    why: Deferred | None = None,
    *,
    routing_key: str = "order.created",
) -> str:
    """Return the line, without its time."""
    stream = io.StringIO()
    configure(LogSettings("info", "console"), stream)
    settlement = Settlement(outcome, tuple((SMS, o) for o in outcomes), tuple(defects), why)
    event = None if defects and defects[0].flow is None else EVENT
    event_line(
        structlog.get_logger(), event, settlement, routing_key=routing_key, duration=0.1314, age=1.0
    )
    (line,) = stream.getvalue().splitlines()
    time, _, rest = line.partition(" ")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", time)
    return rest


@pytest.mark.parametrize(
    ("outcome", "outcomes", "line"),
    [
        (
            EventOutcome.HANDLED,
            [SENT],
            f"sent      order.created → +1•••••••09 order-created 131 ms {SID}",
        ),
        (
            EventOutcome.HANDLED,
            [FAILED],
            "failed    order.created → +1•••••••09 order-created 131 ms bad_recipient (21614)",
        ),
        (
            EventOutcome.HANDLED,
            [Skipped(ASKED, Reason.EXPIRED, at=0, claim_number=1)],
            "skipped   order.created → +1•••••••09 order-created 131 ms expired",
        ),
        (
            EventOutcome.HANDLED,
            [Duplicate(SENT)],
            f"duplicate order.created → +1•••••••09 order-created 131 ms sent before {SID}",
        ),
        (
            EventOutcome.HANDLED,
            [Duplicate(SENT, OtherEvent("E1", "R1"))],
            (
                "duplicate order.created → +1•••••••09 order-created 131 ms "
                f"sent before for event E1 {SID}"
            ),
        ),
        (
            EventOutcome.DEFERRED,
            [Deferred(Reason.RATE_LIMITED, 2.0)],
            "deferred  order.created → +1•••••••09 order-created 131 ms rate_limited again in 2 s",
        ),
        (
            EventOutcome.PARKED,
            [Parked(Reason.IDENTITY_CONFLICT, "another body")],
            (
                "parked    order.created → +1•••••••09 order-created 131 ms "
                "identity_conflict: another body"
            ),
        ),
        (EventOutcome.IGNORED, [], "ignored   order.created 131 ms"),
        (
            EventOutcome.HANDLED,
            [SENT, FAILED],
            (
                f"handled   order.created 131 ms: sent → +1•••••••09 order-created {SID}; "
                "failed → +1•••••••09 order-created bad_recipient (21614)"
            ),
        ),
    ],
    ids=[
        "sent",
        "failed",
        "skipped",
        "duplicate",
        "another event's",
        "deferred",
        "parked",
        "ignored",
        "several",
    ],
)
def test_it_says_what_became_of_it_and_why(
    outcome: EventOutcome, outcomes: list[Outcome], line: str
) -> None:
    assert shown(outcome, outcomes) == line


def test_what_no_flow_could_make_is_said() -> None:
    defect = Defect("order-created", Reason.MISSING_VALUE, "to: order.phone is missing")

    assert shown(EventOutcome.PARKED, defects=[defect]) == (
        "parked    order.created order-created 131 ms missing_value: to: order.phone is missing"
    )


def test_what_is_deferred_whole_says_why() -> None:
    assert shown(EventOutcome.DEFERRED, why=Deferred(Reason.NOT_MINE, None)) == (
        "deferred  order.created 131 ms not_mine"
    )


def test_what_would_move_the_cursor_is_escaped() -> None:
    defect = Defect(None, Reason.NOT_JSON, "byte 3")

    assert shown(EventOutcome.PARKED, defects=[defect], routing_key="\x1b[2J\n•\udcff") == (
        r"parked    \x1b[2J\n•\udcff 131 ms not_json: byte 3"
    )


def test_neither_number_nor_text_is_shown() -> None:
    line = shown(EventOutcome.HANDLED, [SENT, FAILED, Duplicate(SENT)])

    assert "5558675309" not in line
    assert ASKED.text not in line


def test_the_outcome_is_coloured_on_a_terminal() -> None:
    fields = {
        "timestamp": "2026-03-01T09:30:00.123+00:00",
        "outcome": "ignored",
        "routing_key": "a",
        "duration_ms": 0.4,
    }

    assert compact(fields, colours=True) == "09:30:00 \x1b[2mignored  \x1b[0m a 0 ms"
