"""The words of the system as frozen values. Nothing here does anything.

A `Delivery` carries an `Event`; flows make `Sms`es of it; the ledger answers a claim with a
`Claim`; policy and Twilio give an `Answer`; the ledger records it, which makes an `Outcome`;
all outcomes of an event make its `Settlement`, on which the consumer acts.
"""

from smsherald.model.answer import (
    Absent,
    Accepted,
    Answer,
    Failure,
    Finding,
    NotTaken,
    Operation,
    Rejected,
    Response,
    Result,
    Skip,
    Unknown,
    Unlisted,
)
from smsherald.model.claim import Busy, Claim, Done, Fresh, Mine, Refused, TakenOver
from smsherald.model.event import Delivery, Event, Json
from smsherald.model.evidence import Evidence, Shows
from smsherald.model.fact import Fact
from smsherald.model.line import Line
from smsherald.model.outcome import (
    Deferred,
    Duplicate,
    Ended,
    EventOutcome,
    Failed,
    Held,
    OtherEvent,
    Outcome,
    Parked,
    Sent,
    Settlement,
    Skipped,
    Told,
)
from smsherald.model.parked import ParkedEntry, Stay
from smsherald.model.pause import Brake, Cause, Pause, Scope, Target, Wait
from smsherald.model.remembered import Remembered
from smsherald.model.replica import Replica
from smsherald.model.row import Holder, Row, State
from smsherald.model.sms import Account, Asked, Defect, Made, OnUnknown, Segments, Sms, SmsEvent
from smsherald.model.unfinished import Unfinished

__all__ = [
    "Absent",
    "Accepted",
    "Account",
    "Answer",
    "Asked",
    "Brake",
    "Busy",
    "Cause",
    "Claim",
    "Defect",
    "Deferred",
    "Delivery",
    "Done",
    "Duplicate",
    "Ended",
    "Event",
    "EventOutcome",
    "Evidence",
    "Fact",
    "Failed",
    "Failure",
    "Finding",
    "Fresh",
    "Held",
    "Holder",
    "Json",
    "Line",
    "Made",
    "Mine",
    "NotTaken",
    "OnUnknown",
    "Operation",
    "OtherEvent",
    "Outcome",
    "Parked",
    "ParkedEntry",
    "Pause",
    "Refused",
    "Rejected",
    "Remembered",
    "Replica",
    "Response",
    "Result",
    "Row",
    "Scope",
    "Segments",
    "Sent",
    "Settlement",
    "Shows",
    "Skip",
    "Skipped",
    "Sms",
    "SmsEvent",
    "State",
    "Stay",
    "TakenOver",
    "Target",
    "Told",
    "Unfinished",
    "Unknown",
    "Unlisted",
    "Wait",
]
