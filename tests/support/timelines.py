"""What may be known of an event, and what `why` says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from smsherald.errors import Foreign
from smsherald.model import Cause, Line, ParkedEntry, Pause, Scope, State, Target
from smsherald.testing import a_row
from smsherald.timeline import Known, Timeline, tell

NOW = 1_750_000_000.0
SID = "SM" + 32 * "0"
EVENT = a_row().event_id
SENDING = a_row()
SENT = a_row(
    state=State.SENT,
    sid=SID,
    result={"status": "queued"},
    since=NOW - 200,
    claimed_at=NOW - 200,
    ended_at=NOW - 180,
    notified_at=NOW - 179,
)
FAILED = replace(SENT, state=State.FAILED, sid=None, result={"reason": "geo", "code": 21408})
SKIPPED = replace(SENT, state=State.SKIPPED, sid=None, result={"reason": "expired"})
FREE = a_row(state=State.FREE)
ALL = Pause(Target(Scope.ALL), Cause.OPERATOR, "a wrong price", NOW - 60, who="ann")
OWN = Pause(Target(Scope.ACCOUNT, "default"), Cause.REFUSED, "20003", NOW - 60, probe=NOW + 40)


def line(at: float = NOW - 8, again: float | None = NOW + 20, **fields: Any) -> Line:
    said = {
        "outcome": "deferred",
        "event_id": EVENT,
        "routing_key": "order.created",
        "flow": "order-created",
        "sms": "deferred",
        "account": "default",
        "to": "+1•••••••09",
        "reference": "R12345",
        **fields,
    }
    known = {name: value for name, value in said.items() if value is not None}
    return Line(at, known, "request", again)


PARKED = line(
    again=None,
    outcome="parked",
    sms="parked",
    reason="missing_value",
    detail="to: order.phone is missing",
    to=None,
)
ENTRY = ParkedEntry(
    "4be0b2a51c", EVENT, "order.created", "order-created", "bad_number", "to", "R12345", NOW - 50
)


@dataclass
class Case:
    """What is known, and what the sentence says of it."""

    known: Known
    says: Sequence[str]
    says_not: Sequence[str] = ()


SITUATIONS = {
    "sent and told": Case(
        Known(rows=[SENT]),
        [
            (
                f"R12345: the SMS of order-created to •••09 is sent, as {SID}; recorded at "
                "2025-06-15 15:03:40 UTC (3 min ago); sms.sent is told."
            )
        ],
    ),
    "sent, not told": Case(
        Known(rows=[replace(SENT, notified_at=None)]), ["(3 min ago); sms.sent is not told yet"]
    ),
    "sent twice": Case(
        Known(rows=[replace(SENT, second_sids=("SM1",))]), ["and 1 more: it went out twice"]
    ),
    "failed": Case(
        Known(rows=[FAILED]),
        [
            "failed at",
            "geo, Twilio's 21408",
            "`smsherald explain 21408` says what to do",
            "is told",
        ],
    ),
    "failed without a code": Case(
        Known(rows=[replace(FAILED, result={"reason": "geo"}, notified_at=None)]),
        ["`smsherald explain geo`", "sms.failed is not told yet"],
    ),
    "skipped": Case(
        Known(rows=[SKIPPED]), ["was skipped at", "expired", "`smsherald explain expired`"]
    ),
    "published in place of an SMS": Case(
        Known(
            lines=[
                line(
                    again=None,
                    outcome="handled",
                    sms="published",
                    account=None,
                    published="sms.requested",
                )
            ]
        ),
        [
            (
                "R12345: the SMS of order-created to +1•••••••09 was published as sms.requested, "
                "last at 2025-06-15 15:06:32 UTC (8 s ago): a queue has it, and the flow that "
                "wants that key sends it, as an event of its own."
            )
        ],
    ),
    "published, and no queue takes it": Case(
        Known(
            lines=[line(account=None, published="sms.requested", reason="unroutable")],
        ),
        [
            (
                "R12345: the SMS of order-created to +1•••••••09 was put off at 2025-06-15 "
                "15:06:32 UTC (8 s ago): no queue takes what its flow publishes "
                "(unroutable); it comes again at 2025-06-15 15:07:00 UTC (in 20 s)."
            )
        ],
    ),
    "parked by a flow, as a daemon remembers": Case(
        Known(lines=[PARKED]),
        [
            (
                "the event's part for order-created was parked at 2025-06-15 15:06:32 UTC "
                "(8 s ago): "
                "missing_value: to: order.phone is missing; unless somebody has brought it again"
            ),
            "then `smsherald parked replay --reference R12345`; where the event itself is wrong, ",
            "save it (`smsherald parked show ID --raw`), mend it, publish it, then `smsherald",
        ],
    ),
    "parked by a flow, as the ledger lists": Case(
        Known(parked=[ENTRY], lines=[PARKED]),
        [
            "is parked since",
            "bad_number: to; where the flow is wrong, mend it, reload, then `smsherald parked",
        ],
        ["unless", "outcomes"],
    ),
    "parked by decode": Case(
        Known(parked=[replace(ENTRY, event_id=None, flow=None, reason="not_json")]),
        ["could not be read as an event (not_json: to): look at it with `smsherald parked show 4"],
    ),
    "parked by the broker": Case(
        Known(parked=[replace(ENTRY, routing_key=None, flow=None, reason="delivery_limit")]),
        ["nobody knows its routing key, so it cannot be brought again", "drop 4be0b2a51c`."],
    ),
    "parked no more": Case(
        Known(lines=[PARKED], parked=[]),
        ["missing; by the ledger's list it is parked no more: somebody has brought it again"],
        ["waits for a person"],
    ),
    "sending, in its quarantine": Case(
        Known(rows=[SENDING], lines=[line(reason="unknown", failure="timeout")]),
        [
            "is under way: Twilio may have been asked at",
            "(timeout)",
            (
                "left alone until 2025-06-15 15:08:10 UTC (in 2 min), then it is looked up when "
                "its event comes again, unless on_unknown says otherwise."
            ),
        ],
    ),
    "sending, past its quarantine": Case(
        Known(rows=[replace(SENDING, since=NOW - 150, claimed_at=NOW - 150)]),
        [
            "its quarantine is over: it is looked up when",
            "or soon after 2025-06-15 15:07:30 UTC (in 50 s), unless on_unknown says otherwise.",
        ],
    ),
    "sending for longer than it should": Case(
        Known(rows=[replace(SENDING, since=NOW - 500, claimed_at=NOW - 500)]),
        ["should have been decided since", f"resolve {SENDING.key[:12]} --free`"],
    ),
    "sending, and paused": Case(
        Known(rows=[SENDING], pauses=[ALL]),
        ["is under way: Twilio may have been asked at", "; meanwhile everything is paused by ann"],
    ),
    "held": Case(
        Known(rows=[replace(SENDING, state=State.HELD)]),
        [
            "is held: nobody knows whether Twilio took it",
            f"`smsherald ledger resolve {SENDING.key[:12]} --sent SID`",
        ],
    ),
    "deferred in a retry queue with a row": Case(
        Known(rows=[FREE], lines=[line(reason="not_taken", twilio_code=20500)]),
        [
            (
                "was put off at 2025-06-15 15:06:32 UTC (8 s ago): Twilio certainly did not "
                "take it "
                "(not_taken, Twilio's 20500); `smsherald explain 20500` says what to "
                "do; it comes again at 2025-06-15 15:07:00 UTC (in 20 s)."
            )
        ],
    ),
    "the same, late": Case(
        Known(rows=[FREE], lines=[line(again=NOW - 5, reason="not_taken")]),
        [
            (
                "it was to come again at 2025-06-15 15:06:35 UTC (5 s ago); unless another daemon "
                "has taken it since (ask each with `why`), it waits in the queue"
            ),
            "(`smsherald status`)",
        ],
        ["comes when a daemon takes it"],
    ),
    "the same, as the ledger alone knows": Case(
        Known(rows=[FREE], by_daemon=False),
        [
            "Twilio does not have it: it goes out if its event comes again",
            "the ledger's word alone",
        ],
    ),
    "looked up in vain, and not parked by the list": Case(
        Known(rows=[replace(FREE, in_vain=5)], parked=[]),
        ["by the ledger's list its event is not parked: it goes out if its event comes again"],
        ["poison"],
    ),
    "paused before any claim, and late": Case(
        Known(lines=[line(again=NOW - 5, reason="paused")], pauses=[ALL]),
        ["was put off at", "a pause held it (paused); and everything is paused by ann", "unless"],
        ["is not sent yet"],
    ),
    "looked up in vain": Case(
        Known(rows=[replace(FREE, in_vain=5)]), ["its event is parked (poison)"]
    ),
    "paused before any claim, daemon running": Case(
        Known(lines=[line(reason="paused")], pauses=[ALL]),
        [
            (
                "R12345: the SMS of order-created to +1•••••••09 is not sent yet, since everything "
                "is paused by ann since 2025-06-15 15:05:40 UTC: a wrong price (`smsherald resume "
                "--all` "
                "ends that); it comes again at 2025-06-15 15:07:00 UTC (in 20 s)."
            )
        ],
    ),
    "paused by Twilio's refusal": Case(
        Known(lines=[line(reason="paused")], pauses=[OWN]),
        [
            "since Twilio refuses account default: 20003; next probe in 40 s (`smsherald explain ",
            "`smsherald explain 20003` says what to do); it comes again",
        ],
        ["resume"],
    ),
    "paused by what is over": Case(
        Known(lines=[line(reason="paused")]), ["a pause held it (paused), which is over; it comes"]
    ),
    "paused before any claim, daemon stopped": Case(
        Known(by_daemon=False, pauses=[ALL]),
        ["Nothing is known of R12345", "without a daemon nobody can say what was put off"],
    ),
    "paused before any claim, and the daemon's ledger does not answer": Case(
        Known(by_daemon=False, beside=True, pauses=[ALL]),
        ["Nothing of R12345 is in the ledger", "only the daemon knows that put it off"],
        ["without a daemon"],
    ),
    "as the ledger alone knows, beside a daemon": Case(
        Known(rows=[FREE], by_daemon=False, beside=True),
        ["; this is the ledger's word alone."],
    ),
    "never seen": Case(
        Known(waiting=1204),
        [
            "Nothing is known of R12345",
            "it may never have come, wait in the queue (1,204 did when",
            "or be long forgotten; an event that no flow wanted has no reference: ask for it by",
        ],
    ),
    "of no flow": Case(
        Known(lines=[line(outcome="ignored", sms=None, flow=None, to=None)]),
        ["no flow made an SMS of it: none wants order.created"],
    ),
    "put off as a whole": Case(
        Known(lines=[line(sms=None, flow=None, to=None, reason="defect")]),
        ["the event was put off at", "a defect of ours, `unexpected` in the log (defect)"],
    ),
    "of another version": Case(
        Known(rows=[replace(SENDING, state=Foreign("dreaming"))]),
        ["is dreaming, which another version wrote"],
    ),
    "remembered by the daemon alone": Case(
        Known(lines=[line(outcome="handled", sms="sent", sid=SID, again=None)]),
        [f"was sent by 2025-06-15 15:06:32 UTC (8 s ago), as {SID}, and that is told"],
    ),
}


def told(known: Known, wanted: str = "R12345") -> Timeline:
    return tell(wanted, known, NOW)
