"""The language is a closed list, and what is not on it is refused when it is read."""

from __future__ import annotations

import tracemalloc
from inspect import getdoc

import pytest

from smsherald.flows import Template, TemplateError
from smsherald.flows.filters import FILTERS

NAMES = frozenset({"order", "event"})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ order.number", "`{{` is never closed"),
        ("{{ order.number }", "a `}` stands alone"),
        ("{{ }}", "a value is due where `}}` stands"),
        ("{% if order %}", "`{% if %}` is never closed by"),
        ("{% nonsense %}", "there is no tag `nonsense`"),
        ("{{ order.items() }}", "a call, as in `name()`, is not part"),
        ("{{ range(9) }}", "a call"),
        ("{{ lipsum() }}", "a call"),
        ("{{ cycler }}", "there is no name `cycler`"),
        ("{{ self }}", "`self` is not part"),
        ("{{ loop.index }}", "there is no name `loop`"),
        ("{% for a in order %}{{ loop.cycle }}{% endfor %}", "member of loop `cycle`"),
        ("{% for a in loop.index %}{% endfor %}", "there is no name `loop`"),
        ("{% set a = 1 %}", "`{% set %}` is not part"),
        ("{% set a %}b{% endset %}", "`{% set %}` is not part"),
        ("{% include 'a' %}", "`{% include %}` is not part"),
        ("{% import 'a' as b %}", "`{% import %}` is not part"),
        ("{% from 'a' import b %}", "`{% from %}` is not part"),
        ("{% extends 'a' %}", "`{% extends %}` is not part"),
        ("{% block a %}{% endblock %}", "`{% block %}` is not part"),
        ("{% macro a() %}{% endmacro %}", "`{% macro %}` is not part"),
        ("{% call a() %}{% endcall %}", "`{% call %}` is not part"),
        ("{% filter upper %}{% endfilter %}", "`{% filter %}` is not part"),
        ("{% with a = 1 %}{% endwith %}", "`{% with %}` is not part"),
        ("{% autoescape true %}{% endautoescape %}", "`{% autoescape %}` is not part"),
        ("{% do order.x %}", "there is no tag `do`"),
        ("{% for a in order recursive %}{% endfor %}", "`recursive` is not part"),
        ("{% for a in order %}" * 3 + "{% endfor %}" * 3, "more than 2 deep"),
        ("{{ {'a': 1}.a }}", "dict is not part"),
        ("{{ order.number[:3] }}", "a slice"),
        ("{{ 10 ** 8 }}", "`**` is not part"),
        ("{{ 'a' * 10**8 }}", "a text cannot be multiplied"),
        ("{{ 100000000 * 'a' }}", "a text cannot be multiplied"),
        ("{{ 99999999999999999999 }}", "a number is too large"),
        ("{{ " + "9" * 5000 + " }}", "a number is too large"),
        ("{{ 1e999 }}", "a number is too large"),
        ("{{ order.x | uper }}", "no filter `uper`; did you mean `upper`?"),
        ("{{ order.x | xmlattr }}", "no filter `xmlattr`; there are bool, capitalize, d, date"),
        ("{% if false %}{{ order.x | uper }}{% endif %}", "no filter `uper`"),
        ("{{ order.x | truncate }}", "filter `truncate` does not take"),
        ("{{ order.x | upper(1) }}", "filter `upper` does not take"),
        ("{{ order.x | first(1) }}", "filter `first` does not take"),
        ("{{ order.x | truncate(5, ende='') }}", "filter `truncate` does not take"),
        ("{{ order.x | truncate(*order.y) }}", "filter `truncate` does not take"),
        ("{{ order.x is divisibleby(3) }}", "no test `divisibleby`"),
        ("{{ order.x is defined(3) }}", "the test `defined` takes no arguments"),
        ("{{ 1 in order.x in order.y }}", "`in` cannot be chained"),
        ("{{ ordr.number }}", "no name `ordr`; did you mean `order`?"),
        ("{{ customer.phone }}", "no name `customer`; there are event, order"),
        ("{% if x.y %}{% endif %}", "no name `x`"),
        ("{% for a in order %}{% endfor %}{{ a }}", "no name `a`"),
    ],
)
def test_what_is_not_on_the_list_is_refused(source: str, message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        Template(source, names=NAMES)

    assert message in raised.value.message
    assert raised.value.line == 1


@pytest.mark.parametrize(
    "source",
    [
        "line one\n{{ order.number",
        "line one\n{{ ordr.number }}",
        "line one\n{{ order.number | uper }}",
        "line one\n{{ order.x() }}",
        "{{ order.number }}\n{% if a %}{% endif %}",
        "{% if order.x %}\n{{ 'a' * 3 }}\n{% endif %}",
    ],
)
def test_the_line_is_that_of_the_error(source: str) -> None:
    with pytest.raises(TemplateError) as raised:
        Template(source, names=NAMES)

    assert raised.value.line == 2


def test_without_names_a_wrong_one_is_left_to_be_found_missing() -> None:
    assert Template("{{ ordr.number }}").source == "{{ ordr.number }}"


@pytest.mark.parametrize(
    "source",
    [
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}"),
        ("{{ " + "not " * 5000 + "1 }}"),
        pytest.param("{{ order" + ".a" * 5000 + " }}", id="a path"),
        ("{% if 1 %}" * 200 + "{% endif %}" * 200),
    ],
)
def test_what_is_nested_too_deep_is_refused(source: str) -> None:
    with pytest.raises(TemplateError, match="nested too deep"):
        Template(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**8 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ ('a' ~ 'b') * 100000000 }}",
        "{{ order.x * 100000000 }}",
        "{{ '%0999999999d' % 1 }}",
    ],
)
def test_compiling_computes_nothing(source: str) -> None:
    tracemalloc.start()
    try:
        Template(source)
    except TemplateError as error:
        message = error.message
    else:
        message = ""
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    # The shortest of the results would have a hundred million characters, the longest no end.
    assert most < 10_000_000
    assert len(message) < 100


def test_every_filter_says_what_it_does() -> None:
    assert all((getdoc(function) or "").endswith(".") for function in FILTERS.values())
