"""Templates and conditions: made once of the configuration, applied to every event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.parser import Parser

from smsherald.errors import Reason, UnusableError
from smsherald.flows.grammar import TemplateError, check
from smsherald.flows.language import LENIENT, STRICT, Language

__all__ = ["Condition", "Template", "TemplateError"]

LONGEST = 1600
"""Characters of a text (Twilio: Messages resource, `Body`)."""

_ENDS = "`{{ …` ends with `}}`, `{% …` with `%}`"
_HINTS = {
    "unexpected '}'": _ENDS,
    "unexpected end of template, expected 'end of print statement'": _ENDS,
    "unexpected end of template, expected 'end of statement block'": _ENDS,
}


class Template:
    """Makes a text of an event.

    `names` are those that a path may begin with; None leaves a wrong one to be found missing.
    Raises TemplateError where the source cannot be used at all.
    """

    def __init__(
        self, source: str, *, lenient: bool = False, names: frozenset[str] | None = None
    ) -> None:
        self.source = source
        language = LENIENT if lenient else STRICT
        self._run = _compile(language, language.parse, source, names)

    def render(self, context: Mapping[str, Any], what: str) -> str:
        """Return the text; `what` names the template in errors.

        Raises UnusableError(MISSING_VALUE), unless the template is lenient, INVALID_VALUE for
        what does not print, and TEXT_TOO_LONG as soon as it is.
        """
        parts = []
        room = LONGEST
        for part in _guarded(self._run, context, what):
            room -= len(part)
            if room < 0:
                detail = f"{what} is longer than {LONGEST} characters"
                raise UnusableError(Reason.TEXT_TOO_LONG, detail)
            parts.append(part)
        text = "".join(parts)
        if not text.isascii() or "\0" in text:
            _refuse_unstorable(text, what)
        return text


class Condition:
    """Says yes or no to an event; what is missing is null.

    Takes one expression, without braces. Raises TemplateError like `Template`.
    """

    def __init__(self, source: str, *, names: frozenset[str] | None = None) -> None:
        self.source = source
        self._run = _compile(LENIENT, _parse_expression, source, names)

    def holds(self, context: Mapping[str, Any]) -> bool:
        """Say whether it is true of the event.

        A comparison with null is false (but null is not any value: `!=` is true). Raises
        UnusableError(INVALID_VALUE) where a text is compared with a number, or the like.
        """
        return any(_guarded(self._run, context, "when"))


_Run = Callable[[Mapping[str, Any]], Iterator[str]]


def _compile(
    language: Language,
    parse: Callable[[str], nodes.Template],
    source: str,
    names: frozenset[str] | None,
) -> _Run:
    try:
        code = language.compile(check(parse(source), language, names))
    except jinja2.TemplateSyntaxError as error:
        message = (error.message or "syntax error").rstrip(".")
        hint = f"; {_HINTS[message]}" if message in _HINTS else ""
        raise TemplateError(message + hint, error.lineno) from None
    except (RecursionError, SyntaxError):
        raise TemplateError("it is nested too deep", 1) from None
    except ValueError:
        # Python refuses to read some thousand digits.
        raise TemplateError("a number is too large", 1) from None
    template = jinja2.Template.from_code(language, code, {})
    root, new_context = template.root_render_func, template.new_context
    return lambda context: root(new_context(context))  # type: ignore[arg-type] # it copies it.


def _parse_expression(source: str) -> nodes.Template:
    if source.lstrip().startswith(("{{", "{%")):
        raise TemplateError("an expression is due here, without braces", 1)
    parser = Parser(LENIENT, source, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        message = f"the expression ends before {parser.stream.current}"
        raise TemplateError(message, parser.stream.current.lineno)
    yes = nodes.Output([nodes.TemplateData("yes", lineno=1)], lineno=1)
    return nodes.Template([nodes.If(expression, [yes], [], [], lineno=1)], lineno=1)


def _guarded(run: _Run, context: Mapping[str, Any], what: str) -> Iterator[str]:
    """Run a template; what goes wrong says where, and never with which value."""
    try:
        yield from run(context)
    except jinja2.UndefinedError as error:
        raise UnusableError(Reason.MISSING_VALUE, f"{what}: {error.message}") from None
    except UnusableError as error:
        raise UnusableError(error.reason, f"{what}: {error.detail}") from None
    except TypeError:
        # Only comparisons are left to Python.
        detail = f"{what}: values of different kinds are compared"
        raise UnusableError(Reason.INVALID_VALUE, detail) from None


def _refuse_unstorable(text: str, what: str) -> None:
    """Raise for what is no text to databases and to Twilio: NUL, and half a surrogate pair."""
    try:
        text.encode()
        unstorable = "\0" in text
    except UnicodeEncodeError:
        unstorable = True
    if unstorable:
        detail = f"{what} holds a character that no message can carry"
        raise UnusableError(Reason.INVALID_VALUE, detail)
