"""From an event to its SMSes: what operators write, and what it makes."""

from smsherald.flows.book import FlowBook
from smsherald.flows.flow import Expectation, Flow, FlowTest, matches
from smsherald.flows.make import make
from smsherald.flows.template import ITEM, Condition, Each, Template, TemplateError

__all__ = [
    "ITEM",
    "Condition",
    "Each",
    "Expectation",
    "Flow",
    "FlowBook",
    "FlowTest",
    "Template",
    "TemplateError",
    "make",
    "matches",
]
