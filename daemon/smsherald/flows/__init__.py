"""From an event to its SMSes: what operators write, and what it makes."""

from smsherald.flows.flow import Expectation, Flow, FlowTest, matches
from smsherald.flows.make import make
from smsherald.flows.template import ITEM, Condition, Each, Template, TemplateError

__all__ = [
    "ITEM",
    "Condition",
    "Each",
    "Expectation",
    "Flow",
    "FlowTest",
    "Template",
    "TemplateError",
    "make",
    "matches",
]
