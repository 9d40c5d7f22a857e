"""Parses templates and expressions with jinja2, and remembers of each token its column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from smsherald.flows.language.syntax.places import Spot
from smsherald.flows.language.syntax.words import OurError, behind, never_closed, tag_fault

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
    at = 0
    begun: list[tuple[str, Spot]] = []
    """What is not closed yet: tags, and at the end the braces that are open."""
    before = ""
    try:
        for _, kind, value in language.lexer.tokeniter(source, None, None, state):
            # What lies between is white space that `{%-` takes away.
            start = text.find(value, at)
            spot = Spot.of(text, start)
            at = start + len(value)
            if kind in {"variable_begin", "block_begin"}:
                begun.append((value[:2], spot))
            elif kind in {"variable_end", "block_end"}:
                begun.pop()
            elif kind == "name" and before == "block_begin":
                if fault := tag_fault(value):
                    raise OurError(fault, spot)
                _follow(value, begun)
            before = before if kind == "whitespace" else kind
            yield spot, kind, value
        if begun:
            sign, spot = begun[-1]
            raise OurError(never_closed(sign), spot)
    except TemplateSyntaxError as error:
        if not isinstance(error.lineno, Spot):
            error.lineno = Spot.of(text, at)
        raise


def _follow(tag: str, begun: list[tuple[str, Spot]]) -> None:
    """Note that a tag begins, or ends what it closes; its own braces are open."""
    *tags, braces = begun
    if tag.startswith("end"):
        begun[:] = [*tags[:-1], braces]
    elif tag in {"if", "for"}:
        begun[:] = [*tags, (tag, braces[1]), braces]
