"""For tests of flows and of what listens to notifications: without RabbitMQ, without Twilio.

`Herald` is a whole daemon in a test's own loop; pytest has it as the fixture `herald`. Of its
parts, `EmbeddedBroker` is a broker in the process, `Sandbox` a Twilio look-alike on a real socket,
`SetClock` a clock that stands until it is moved; `an_event`, `an_sms` and `a_row` make values to
ask pure functions about.
"""

from smsherald.broker.embedded import EmbeddedBroker
from smsherald.model import ParkedEntry
from smsherald.sandbox import Fault, Kind, Operation, Sandbox
from smsherald.sandbox import Message as Text
from smsherald.testing.clock import SetClock
from smsherald.testing.herald import Herald, UnexpectedError
from smsherald.testing.stand_ins import SENDER, found_config
from smsherald.testing.story import Handled
from smsherald.testing.told import Notification
from smsherald.testing.twilio import Twilio
from smsherald.testing.values import a_row, an_event, an_sms

__all__ = [
    "SENDER",
    "EmbeddedBroker",
    "Fault",
    "Handled",
    "Herald",
    "Kind",
    "Notification",
    "Operation",
    "ParkedEntry",
    "Sandbox",
    "SetClock",
    "Text",
    "Twilio",
    "UnexpectedError",
    "a_row",
    "an_event",
    "an_sms",
    "found_config",
]
