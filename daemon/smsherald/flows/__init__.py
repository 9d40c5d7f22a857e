"""From an event to its SMSes: what operators write, and what it makes."""

from smsherald.flows.book import EVENTS, FlowBook
from smsherald.flows.flow import Expectation, Flow, FlowTest, matches
from smsherald.flows.language.paths import EVENT
from smsherald.flows.language.template import (
    ITEM,
    UNWRAPPED,
    Condition,
    Each,
    Template,
    TemplateError,
    Unwrap,
    template,
)
from smsherald.flows.local import Here
from smsherald.flows.make import make
from smsherald.flows.recipient import Way
from smsherald.flows.route import Route
from smsherald.flows.shape import Shape
from smsherald.flows.single import KEPT_BACK

__all__ = [
    "EVENT",
    "EVENTS",
    "ITEM",
    "KEPT_BACK",
    "UNWRAPPED",
    "Condition",
    "Each",
    "Expectation",
    "Flow",
    "FlowBook",
    "FlowTest",
    "Here",
    "Route",
    "Shape",
    "Template",
    "TemplateError",
    "Unwrap",
    "Way",
    "make",
    "matches",
    "template",
]
