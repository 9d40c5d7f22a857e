"""From a template's source to jinja2's tree: every node knows its place, every error is ours."""

from smsherald.flows.language.syntax.parsing import parse_expression, parse_template
from smsherald.flows.language.syntax.places import Spot, TemplateError
from smsherald.flows.language.syntax.words import explain

__all__ = ["Spot", "TemplateError", "explain", "parse_expression", "parse_template"]
