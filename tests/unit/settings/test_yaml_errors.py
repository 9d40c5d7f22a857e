"""What is no YAML: said so that who wrote it can mend it."""

from __future__ import annotations

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.yaml.reader import read_yaml

PROBLEMS = {
    "a colon within a text": (
        "b: c: d\n",
        ("a.yaml:1:5: this is no YAML: a text with `: ` in it needs quotes"),
    ),
    "a quote that is never closed": (
        "b: 'c\nd: e\n",
        ("a.yaml:1:4: this is no YAML: the quote that begins here is never closed"),
    ),
    "a quote that another one closes": (
        "b: 'c\nd: 'e'\n",
        (
            "a.yaml:1:4: this is no YAML: the quote that begins here "
            "is closed in line 2, column 4; an apostrophe inside '…' is written twice"
        ),
    ),
    "an apostrophe within single quotes": (
        "b:\n  c: 'It's here'\n",
        ("a.yaml:2:10: this is no YAML: an apostrophe inside '…' is written twice"),
    ),
    "an apostrophe within single quotes, in one line with more": (
        "b: {c: 'It's', d: e}\n",
        ("a.yaml:1:12: this is no YAML: an apostrophe inside '…' is written twice"),
    ),
    "a quote within double quotes": (
        'b: "say "hi""\n',
        ('a.yaml:1:10: this is no YAML: a quote inside "…" is written \\"'),
    ),
    "text behind the quotes": (
        "b: '{{ c }}' d\n",
        (
            "a.yaml:1:14: this is no YAML: quotes stand around a whole "
            "text; an apostrophe inside '…' is written twice"
        ),
    ),
    "a colon within a text that has a template": (
        "b:\n  c: Hi: {{ d }}\n",
        ("a.yaml:2:8: this is no YAML: a text with `: ` in it needs quotes"),
    ),
    "a key that is indented more than the one above": (
        "b: 1\n  c: 2\n",
        (
            "a.yaml:2:3: this is no YAML: "
            "is this line indented too far? A text with `: ` in it needs quotes"
        ),
    ),
    "a key that is indented less than those beside it": (
        "b:\n    c: 1\n  d: 2\n",
        ("a.yaml:3:3: this is no YAML: this line is indented otherwise than those beside it"),
    ),
    "an item's key that is indented less than the one above": (
        "b:\n  - c: 1\n   d: 2\n",
        ("a.yaml:3:4: this is no YAML: this line is indented otherwise than those beside it"),
    ),
    "a file that begins further in than it goes on": (
        "  b: 1\nc: 2\n",
        ("a.yaml:2:1: this is no YAML: this line is indented otherwise than those beside it"),
    ),
    "a key without a colon": (
        "b: 1\nc\nd: 2\n",
        ("a.yaml:2:1: this is no YAML: a key needs a colon and a space"),
    ),
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_is_no_yaml_is_said_with_its_place_and_a_hint(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(text, "a.yaml")

    assert [str(each) for each in caught.value.problems] == [problem]
