"""A Twilio look-alike for development and tests: the Messages API, faults on order, an inbox."""

from smsherald.sandbox.app import Sandbox
from smsherald.sandbox.faults import Ending, Fault, Faults, Kind, Operation
from smsherald.sandbox.messages import Message, Status
from smsherald.sandbox.owned import Owned
from smsherald.sandbox.publishing.progress import Fate, Progress

__all__ = [
    "Ending",
    "Fate",
    "Fault",
    "Faults",
    "Kind",
    "Message",
    "Operation",
    "Owned",
    "Progress",
    "Sandbox",
    "Status",
]
