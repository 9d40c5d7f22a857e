"""What a flow reads of an event, and what it cannot do without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from smsherald.flows.language import reads
from smsherald.flows.language.reads import Steps

NAMES: Mapping[str, Steps] = {"event": ("event",), "data": ("event", "body", "data")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hello", []),
        ("{{ event.body.a }}{{ event.body.a }}", [("event", "body", "a")]),
        ("{{ data.b['c d'][0] }}", [("event", "body", "data", "b", "c d", 0)]),
        ("{{ data }}", [("event", "body", "data")]),
        ("{{ other.b }}", []),
        ("{{ data.a | default(event.id) }}", [("event", "body", "data", "a"), ("event", "id")]),
        (
            "{% if data.a == 1 %}{{ data.b }}{% else %}{{ data.c }}{% endif %}",
            [("event", "body", "data", each) for each in "abc"],
        ),
        (
            "{% for e in data.list if e.on %}{{ e.name }}{% else %}{{ data.c }}{% endfor %}",
            [
                ("event", "body", "data", "list"),
                ("event", "body", "data", "list", None, "on"),
                ("event", "body", "data", "list", None, "name"),
                ("event", "body", "data", "c"),
            ],
        ),
        (
            "{% for a in data.x %}{% for b in a.y %}{{ b }}{% endfor %}{% endfor %}",
            [
                ("event", "body", "data", "x"),
                ("event", "body", "data", "x", None, "y"),
                ("event", "body", "data", "x", None, "y", None),
            ],
        ),
        # What it is called within hides what is called so without.
        (
            "{% for data in event.body.list %}{{ data.a }}{% endfor %}{{ data.b }}",
            [
                ("event", "body", "list"),
                ("event", "body", "list", None, "a"),
                ("event", "body", "data", "b"),
            ],
        ),
        (
            "{% for a, b in data.x %}{{ a.y }}{{ b }}{% endfor %}",
            [("event", "body", "data", "x")],
        ),
        (
            "{% for each in data.x | default([]) %}{{ each.y }}{% endfor %}",
            [("event", "body", "data", "x")],
        ),
        ("{{ data[event.id] }}", [("event", "body", "data"), ("event", "id")]),
    ],
)
def test_what_a_template_reads(source: str, expected: list[Any]) -> None:
    assert list(reads.of_template(source, NAMES)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ data.a }} {{ data.b }}", {"a", "b"}),
        ("{{ data.a or data.b }}", set()),
        ("{{ data.a | default('') }}", set()),
        ("{{ data.a | upper }}{{ data.b }}", {"b"}),
        ("{% if data.a %}{{ data.a }}{% endif %}", set()),
        ("{% for each in data.a %}{{ data.b }}{% endfor %}", set()),
        ("{{ other.a }}", set()),
    ],
)
def test_what_a_template_prints_whatever_the_event(source: str, expected: set[str]) -> None:
    always = reads.always_printed(source, NAMES)

    assert always == {("event", "body", "data", name) for name in expected}


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("event.body.a[1]", ("event", "body", "a", 1)),
        ("data.a", ("event", "body", "data", "a")),
        ("data.a or data.b", None),
        ("data.a | default(1)", None),
        ("other.a", None),
    ],
)
def test_the_place_that_an_expression_is(source: str, place: Steps | None) -> None:
    assert reads.place_of(source, NAMES) == place
