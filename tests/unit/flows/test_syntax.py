"""What is no template is said in our words, and where it stands within it."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smsherald.flows import Template, TemplateError


@pytest.mark.parametrize(
    ("source", "message", "place"),
    [
        ("Hi {{ a.b", "`{{` is never closed", (1, 4)),
        ("Hi\n  {{ a.b }", "a `}` stands alone", (2, 10)),
        ("{% if a %}\n{% for b in c %}{% endfor %}", "`{% if %}` is never closed by", (1, 1)),
        (
            "{% if a %}{% for b in c %}{% endif %}",
            "`{% endif %}` stands where `{% for %}`",
            (1, 30),
        ),
        ("{%- if a -%}  x {%- endfor %}", "`{% endfor %}` stands where `{% if %}`", (1, 21)),
        ("x\r\n{{ a | }}", "`}}` stands where a name is due", (2, 8)),
        ("{% endif %}", "`{% endif %}` closes nothing", (1, 4)),
        ("{% iff a %}", "there is no tag `iff`; did you mean `if`?", (1, 4)),
        ("{% \n macro a %}", "`{% macro %}` is not part of", (2, 2)),
        ("{{ a.b! }}", "`!` has no meaning here: `not`", (1, 7)),
        ("{{ a \\ b }}", "`\\` has no meaning here", (1, 6)),
        ("{{ a ' b }}", "the quote that begins here", (1, 6)),
        ("{{ a ` b }}", "U+0060 has no meaning here", (1, 6)),
        ("{{ '\\x' }}", "a backslash in a text is written twice", (1, 4)),
        ("{{ a is b is c }}", "one `is` cannot follow another", (1, 11)),
        ("{{ a[b) }}", "`)` stands where `]` is due", (1, 7)),
        ("{{ a] }}", "`]` closes nothing", (1, 5)),
        ("{{ f(*a, b) }}", "these arguments cannot be read", (1, 5)),
        ("{% for true in a %}{% endfor %}", "behind `for` a name is due", (1, 8)),
        ("{% if %}{% endif %}", "a value is due where `%}` stands", (1, 7)),
        ("{% 5 %}", "behind `{%` a word is due", (1, 4)),
    ],
)
def test_what_is_no_template_is_said(source: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(TemplateError) as raised:
        Template(source)

    assert message in raised.value.message
    assert (raised.value.line, raised.value.column) == place


PIECES = (
    *("{{", "}}", "{%", "%}", "{#", "#}", "(", ")", "[", "]", "{", "}", "'", '"', "\\", "\n"),
    *("if", "else", "elif", "endif", "for", "endfor", "in", "raw", "endraw", "set", "macro"),
    *("call", "block", "import", "is", "not", "defined", "upper", "a", "event.body", "item"),
    *("1", "'x'", "|", ".", ",", "=", "==", "!", "&", "~", "+", "**", "é", "“"),
)


def wrong(source: str) -> TemplateError | None:
    try:
        Template(source)
    except TemplateError as error:
        return error
    return None


def theirs(source: str) -> str | None:
    try:
        jinja2.Environment(autoescape=True).parse(source)
    except jinja2.TemplateSyntaxError as error:
        return error.message
    return None


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
@example("{% extends a b")
@example("{{ a if")
@example("{% block a-b %}{% endblock %}")
@example("{% call a %}{% endcall %}")
def test_whatever_is_wrong_jinja2s_sentence_is_not_shown(source: str) -> None:
    error, sentence = wrong(source), theirs(source)

    assert error is not None or sentence is None
    if error is not None:
        assert error.message != "the template cannot be read from here on"
        assert 1 <= error.line <= source.count("\n") + 1
        assert (error.column or 1) <= len(source) + 1
        assert sentence is None or sentence not in error.message
