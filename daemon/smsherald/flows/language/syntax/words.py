"""What jinja2 could not read, said in our words: one table, from its sentences to ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from jinja2 import TemplateSyntaxError

_Match = re.Match[str]

_TAGS = ("if", "elif", "else", "endif", "for", "endfor", "raw", "endraw")
_FOREIGN = frozenset(
    [
        "autoescape",
        "block",
        "call",
        "extends",
        "filter",
        "from",
        "import",
        "include",
        "macro",
        "print",
        "set",
        "with",
    ]
)
"""Tags that jinja2 has and the template language has not."""
_DUE = {
    "begin of print statement": "`{{`",
    "end of print statement": "`}}`",
    "begin of statement block": "`{%`",
    "end of statement block": "`%}`",
    "end of template": "the end",
    "template data / text": "text",
    "name": "a name",
    "string": "a text",
    "integer": "a number",
    "float": "a number",
}
_CURES = {
    "=": "`==` compares",
    "!": "`not` turns a yes or no",
    "&": "`and` joins two conditions",
    "|": "a filter's name stands behind `|`; `or` joins two conditions",
    "AND": "`and` is written small",
    "OR": "`or` is written small",
    "NOT": "`not` is written small",
    "IN": "`in` is written small",
    "IS": "`is` is written small",
    "}}": "an expression stands without braces",
    "$": "`${…}` works in settings only",
} | dict.fromkeys("\u201c\u201d\u201e\u2018\u2019\u201a«»", "quotes are \" or '")
"""What mostly helps where one of these stands."""
_ENDS = "`{{ …` ends with `}}`, `{% …` with `%}`"
_APART = "is a dot, an operator or a quote missing before it?"


class OurError(TemplateSyntaxError):
    """A mistake that jinja2 would not find, or not there: its message is ours already."""


def explain(error: TemplateSyntaxError) -> str:
    """Return what is wrong, in our words."""
    sentence = error.message or ""
    if isinstance(error, OurError):
        return sentence
    for pattern, said in _TABLE:
        if match := pattern.fullmatch(sentence):
            return said if isinstance(said, str) else said(match)
    return "the template cannot be read from here on"


def tag_fault(tag: str) -> str | None:
    """Return what is wrong with the word behind `{%`; None for one of the template language."""
    if tag in _TAGS:
        return None
    if tag in _FOREIGN:
        return f"`{{% {tag} %}}` is not part of the template language"
    near = get_close_matches(tag, _TAGS, 1)
    hint = f"did you mean `{near[0]}`?" if near else "there are if, for and raw"
    return f"there is no tag `{tag}`; {hint}"


def never_closed(sign: str) -> str:
    """Return what is wrong where a `{{` or `{%` has no end, or a tag."""
    if sign in _TAGS:
        return f"`{{% {sign} %}}` is never closed by `{{% end{sign} %}}`"
    return f"`{sign}` is never closed: {_ENDS}"


def behind(token: str) -> str:
    """Return what is wrong where something stands behind a whole expression."""
    return f"the expression ends before `{token}`: {_CURES.get(token, _APART)}"


def _shown(token: str) -> str:
    return _DUE.get(token, f"`{token}`")


def _instead(match: _Match) -> str:
    due, got = match.groups()
    if got == "end of template":
        return f"{_shown(due)} is missing at the end"
    if got in _CURES:
        return f"`{got}` has no meaning here: {_CURES[got]}"
    hint = f"; {_APART}" if due.startswith("end of ") and got not in _DUE else ""
    return f"{_shown(got)} stands where {_shown(due)} is due{hint}"


def _character(match: _Match) -> str:
    character = match[1].encode().decode("unicode-escape") if "\\" in match[1] else match[1]
    if character in "'\"":
        return "the quote that begins here is never closed"
    cure = f": {_CURES[character]}" if character in _CURES else ""
    plain = character.isprintable() and character != "`"
    shown = f"`{character}`" if plain else f"U+{ord(character):04X}"
    return f"{shown} has no meaning here{cure}"


def _unknown(match: _Match) -> str:
    tag, innermost = match.groups()
    if innermost is None:
        return f"`{{% {tag} %}}` closes nothing"
    return f"`{{% {tag} %}}` stands where `{{% {innermost} %}}` is to be closed first"


_TABLE: tuple[tuple[re.Pattern[str], str | Callable[[_Match], str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), said)
    for pattern, said in (
        (r"unexpected '}'", f"a `}}` stands alone: {_ENDS}"),
        (r"unexpected '([)\]])'", lambda match: f"`{match[1]}` closes nothing"),
        (
            r"unexpected '([)\]}])', expected '([)\]}])'",
            lambda match: f"`{match[1]}` stands where `{match[2]}` is due",
        ),
        (r"unexpected char ['\"](.+)['\"] at \d+", _character),
        (r"Missing end of comment tag", "`{#` begins a comment, and no `#}` ends it"),
        (r"Missing end of raw directive", "`{% raw %}` is never closed by `{% endraw %}`"),
        (
            r"unexpected end of template, expected '(.+)'\.?",
            lambda match: f"{_shown(match[1])} is missing at the end",
        ),
        (r"expected token '(.+)', got '(.+)'", _instead),
        (
            r"(?:unexpected|Expected an expression, got) 'end of template'",
            "a value is missing at the end",
        ),
        (
            r"(?:unexpected|Expected an expression, got) '(.+)'",
            lambda match: f"a value is due where {_shown(match[1])} stands",
        ),
        (
            r"Encountered unknown tag '(\w+)'\.(?:.* needs to be closed is '(\w+)'\.)?.*",
            _unknown,
        ),
        (r"can't assign to .*", "behind `for` a name is due that is not taken"),
        (r"tag name expected", "behind `{%` a word is due: if, for or raw"),
        (r"expected name or number", "behind a dot a name or a number is due"),
        (r"expected subscript expression", "in `[]` a name in quotes or a number is due"),
        (r"invalid syntax for function call expression", "these arguments cannot be read"),
        (r"You cannot chain multiple tests with is", "one `is` cannot follow another: use `and`"),
        (r"Invalid character in identifier", "a name has a character that names cannot have"),
        (
            r".*(?:escape|Unicode|unicode|codec).*",
            "a backslash in a text is written twice: `\\\\`",
        ),
    )
)
