"""Parses templates and expressions with jinja2, and remembers of each token its column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from smsherald.flows.language.syntax.places import Spot
from smsherald.flows.language.syntax.words import OurError, behind, tag_fault

_BREAK = re.compile(r"\r\n|\r")


def parse_template(language: Environment, source: str) -> nodes.Template:
    """Return the tree of a template, each node's line a `Spot`. Raises TemplateSyntaxError."""
    return _parser(language, source, None).parse()


def parse_expression(language: Environment, source: str) -> nodes.Expr:
    """Return the tree of an expression, which has no braces. Raises TemplateSyntaxError."""
    parser = _parser(language, source, "variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        token = parser.stream.current
        raise OurError(behind(str(token.value)), token.lineno)
    return expression


def _parser(language: Environment, source: str, state: str | None) -> Parser:
    parser = Parser(language, "")
    tokens = language.lexer.wrap(_placed(language, source, state))
    parser.stream = TokenStream(tokens, None, None)
    return parser


def _placed(
    language: Environment, source: str, state: str | None
) -> Iterator[tuple[int, str, str]]:
    """Go through the tokens of a source, each with its place in it."""
    # As jinja2 does it: only these end a line.
    text = _BREAK.sub("\n", source)
    at, tag = 0, False
    try:
        for _, kind, value in language.lexer.tokeniter(source, None, None, state):
            # What lies between is white space that `{%-` takes away.
            start = text.find(value, at)
            spot = Spot.of(text, start)
            at = start + len(value)
            if tag and kind == "name" and (fault := tag_fault(value)):
                raise OurError(fault, spot)
            tag = kind == "block_begin" or (tag and kind == "whitespace")
            yield spot, kind, value
    except TemplateSyntaxError as error:
        if not isinstance(error.lineno, Spot):
            error.lineno = Spot.of(text, at)
        raise
