"""Templates and conditions: made once of the configuration, applied to every event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import jinja2
from jinja2 import meta, nodes

from smsherald.errors import Reason, UnusableError
from smsherald.flows.deadline import WATCH, TooSlowError
from smsherald.flows.language.conditions import check_condition
from smsherald.flows.language.grammar import FOUND, check, check_list, check_value
from smsherald.flows.language.paths import Path, printed, read
from smsherald.flows.language.runtime import LENIENT, STRICT, Language, Values
from smsherald.flows.language.syntax import TemplateError, explain, parse_expression, parse_template
from smsherald.flows.local import HERE, Here
from smsherald.flows.truth import is_missing, kind_of

__all__ = ["Condition", "Each", "Template", "TemplateError", "Unwrap", "template"]

LONGEST = 1600
"""Characters of a text (Twilio: Messages resource, `Body`)."""

ITEM = "item"
"""What templates call an element of `to_each`."""

UNWRAPPED = "data"
"""What templates call the object that `unwrap` finds, unless a schema has another name."""

_REMEMBERED = 1024
"""Templates that are made once for several flows."""

MOST_RECIPIENTS = 100
"""Elements of a list that each get an SMS: one event cannot text the whole world."""


class Template:
    """Makes a text of an event.

    `names` are those that a path may begin with; None leaves a wrong one to be found missing.
    `here` is what filters of dates and numbers write by.
    Raises TemplateError where the source cannot be used at all.
    """

    def __init__(
        self,
        source: str,
        *,
        lenient: bool = False,
        names: frozenset[str] | None = None,
        here: Here = HERE,
    ) -> None:
        self.source = source
        language = LENIENT if lenient else STRICT
        self.texts: tuple[str, ...] = ()
        """The pieces of text that stand in it whatever the event."""
        self.fixed: str | None = None
        """Its text, if that is one for all events."""
        self.printed: tuple[Path, ...] = ()
        """The paths that it may print, each once."""

        def tree() -> nodes.Template:
            parsed = parse_template(language, source)
            parts = [part for output in parsed.body for part in output.iter_child_nodes()]
            self.texts = tuple(piece.data for piece in parsed.find_all(nodes.TemplateData))
            if all(isinstance(part, nodes.TemplateData) for part in parts):
                self.fixed = "".join(self.texts)
            self.printed = tuple(dict.fromkeys(printed(parsed)))
            return check(parsed, language, names, here)

        self._run = _runs(language, _compile(language, tree))

    def reads(self, name: str) -> bool:
        """Say whether a path in it begins with this name."""
        return name in meta.find_undeclared_variables(STRICT.parse(self.source))

    def render(self, values: Values, what: str) -> str:
        """Return the text; `what` names the template in errors.

        Raises UnusableError(MISSING_VALUE), unless the template is lenient, INVALID_VALUE for
        what does not print, TEXT_TOO_LONG as soon as it is; TooSlowError after 50 ms.
        """
        parts = []
        room = LONGEST
        WATCH.begin()
        try:
            for part in self._run(values):
                parts.append(part)
                room -= len(part)
                if room < 0:
                    break
        except _WRONG as error:
            raise _told(error, what) from None
        if room < 0:
            detail = f"{what} is longer than {LONGEST} characters"
            raise UnusableError(Reason.TEXT_TOO_LONG, detail)
        text = "".join(parts)
        if not text.isascii() or "\0" in text:
            _refuse_unstorable(text, what)
        return text


@lru_cache(_REMEMBERED)
def template(
    source: str,
    *,
    lenient: bool = False,
    names: frozenset[str] | None = None,
    here: Here = HERE,
) -> Template:
    """Return a template, the same for the same words: many flows say whom to text alike.

    Raises TemplateError as `Template` does.
    """
    return Template(source, lenient=lenient, names=names, here=here)


class Condition:
    """Says yes or no to an event; what is missing is null.

    Takes one expression, without braces; `texts` are the paths that are known to be texts. Raises
    TemplateError like `Template`.
    """

    def __init__(
        self,
        source: str,
        *,
        names: frozenset[str] | None = None,
        texts: frozenset[str] = frozenset(),
        consent: bool = False,
        here: Here = HERE,
    ) -> None:
        self.source = source
        self._what = "consent" if consent else "when"

        def tree() -> nodes.Template:
            expression = _parse_expression(source)
            return check_condition(expression, LENIENT, names, here, texts=texts, consent=consent)

        self._run = _runs(LENIENT, _compile(LENIENT, tree))
        read = nodes.Output([_parse_expression(source)]).find_all(nodes.Name)
        self.names = frozenset(name.name for name in read)
        """What its paths begin with."""

    @property
    def read(self) -> tuple[Path, ...]:
        """The paths that it asks about, each once."""
        return tuple(dict.fromkeys(read(_parse_expression(self.source))))

    def holds(self, values: Values) -> bool:
        """Say whether it is true of the event.

        Only true, false and missing say yes or no, and values of one kind are compared; a
        comparison with null is false (but null is not any value: `!=` is true). In a `consent`
        what is missing never makes it hold. Raises UnusableError(INVALID_VALUE).
        """
        return any(_guarded(self._run, values, self._what))


class Each:
    """Finds a list in an event, for an SMS of each element.

    Takes one expression, without braces. Raises TemplateError like `Template`.
    """

    def __init__(
        self, source: str, *, names: frozenset[str] | None = None, here: Here = HERE
    ) -> None:
        self.source = source
        template = _compile(
            STRICT,
            lambda: check_list(
                _parse_expression(source), STRICT, names, here, most=MOST_RECIPIENTS
            ),
        )

        def run(values: Values) -> Iterator[list[Any]]:
            yield getattr(template.make_module(values), FOUND)

        self._run = run

    def items(self, values: Values) -> list[Any]:
        """Return the list; what is null in it is None.

        Raises UnusableError(MISSING_VALUE) where there is none, INVALID_VALUE for what is no
        list or is one of more than MOST_RECIPIENTS.
        """
        (items,) = _guarded(self._run, values, "to_each")
        return [None if isinstance(item, jinja2.Undefined) else item for item in items]


class Unwrap:
    """Finds, in an event, the object that its flow is about.

    Takes one expression, without braces. Raises TemplateError like `Template`.
    """

    def __init__(self, source: str, *, names: frozenset[str] | None = None) -> None:
        self.source = source
        template = _compile(
            STRICT, lambda: check_value(_parse_expression(source), STRICT, names, HERE)
        )

        def run(values: Values) -> Iterator[Any]:
            yield getattr(template.make_module(values), FOUND)

        self._run = run

    def found(self, values: Values) -> Mapping[str, Any]:
        """Return the object.

        Raises UnusableError(MISSING_VALUE) where there is none, INVALID_VALUE for another kind.
        """
        (found,) = _guarded(self._run, values, "unwrap")
        if is_missing(found):
            detail = f"unwrap: {self.source} is missing"
            raise UnusableError(Reason.MISSING_VALUE, detail)
        if not isinstance(found, Mapping):
            detail = f"unwrap: {self.source} is {kind_of(found)}, not an object"
            raise UnusableError(Reason.INVALID_VALUE, detail)
        return found


_T = TypeVar("_T")
_Run = Callable[[Values], Iterator[_T]]


def _compile(language: Language, tree: Callable[[], nodes.Template]) -> jinja2.Template:
    try:
        code = language.compile(tree())
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(explain(error), error.lineno) from None
    except (RecursionError, SyntaxError):
        raise TemplateError("it is nested too deep", 1) from None
    except ValueError:
        # Python refuses to read some thousand digits.
        raise TemplateError("a number is too large", 1) from None
    return jinja2.Template.from_code(language, code, {})


def _runs(language: Language, template: jinja2.Template) -> _Run[str]:
    root = template.root_render_func
    return lambda values: root(language.context(values))


def _parse_expression(source: str) -> nodes.Expr:
    if source.lstrip().startswith(("{{", "{%")):
        raise TemplateError("an expression is due here, without braces", 1)
    return parse_expression(LENIENT, source)


_WRONG = (jinja2.UndefinedError, UnusableError, TypeError)
"""What a template raises that cannot be made of an event."""


def _guarded(run: _Run[_T], values: Values, what: str) -> list[_T]:
    """Run a template to its end."""
    WATCH.begin()
    try:
        return list(run(values))
    except _WRONG as error:
        raise _told(error, what) from None


def _told(error: Exception, what: str) -> UnusableError:
    """Say where it went wrong, and never with which value."""
    if isinstance(error, jinja2.UndefinedError):
        return UnusableError(Reason.MISSING_VALUE, f"{what}: {error.message}")
    if isinstance(error, TooSlowError):
        return TooSlowError(f"{what}: {error.detail}")
    if isinstance(error, UnusableError):
        return UnusableError(error.reason, f"{what}: {error.detail}")
    # Only comparisons are left to Python.
    detail = f"{what}: values of different kinds are compared; | float reads a number in a text"
    return UnusableError(Reason.INVALID_VALUE, detail)


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
