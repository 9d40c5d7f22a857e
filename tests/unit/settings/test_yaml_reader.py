"""YAML text into values with places."""

from __future__ import annotations

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.yaml.places import Place
from smsherald.settings.yaml.reader import MOST_VALUES, read_yaml


def found(text: str) -> list[str]:
    """Return all that is wrong with a text, as an operator would see it."""
    try:
        return [str(problem) for problem in read_yaml(text, "a.yaml").problems]
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]


PROBLEMS = {
    "a key that stands twice": (
        "b: 1\nc: 2\nb: 3\n",
        "a.yaml:3:1: the key `b` stands twice, the first time in line 1",
    ),
    "a key that stands twice, further in": (
        "b:\n  c: {d: 1,\n      d: 2}\n",
        "a.yaml:3:7: the key `d` stands twice, the first time in line 2",
    ),
    "a decimal as a key": ("1.5: b\n", "a.yaml:1:1: a key must be text: put quotes around it"),
    "true as a key": ("b:\n  true: c\n", "a.yaml:2:3: a key must be text: put quotes around it"),
    "a list as a key": ("? [b]\n: c\n", "a.yaml:1:3: a key must be text"),
    "an alias as a key": ("b: &x c\n*x : d\n", "a.yaml:2:1: an alias cannot be a key"),
    "a merge key": (
        "b: &x {c: 1}\nd:\n  <<: *x\n",
        "a.yaml:3:3: merge keys (`<<`) are not read: write the keys out",
    ),
    "a tag": (
        "b: !!str 5\n",
        "a.yaml:1:4: tags (`!…`) are not read: put quotes around what is text",
    ),
    "a tag of a mapping": (
        "b: !mine {c: 1}\n",
        "a.yaml:1:4: tags (`!…`) are not read: put quotes around what is text",
    ),
    "a second document": (
        "b: 1\n---\nc: 2\n",
        "a.yaml:2:1: a second document begins here: a file holds one",
    ),
    "text that a comment swallows": (
        "message: Order #5\n",
        (
            "a.yaml:1:10: what follows ` #` is a comment: "
            "put quotes around the text, or a space after #"
        ),
    ),
    "text over two lines that a comment swallows": (
        "b: Order\n  is #5\n",
        (
            "a.yaml:1:4: what follows ` #` is a comment: "
            "put quotes around the text, or a space after #"
        ),
    ),
    "a template without quotes": (
        "to: {{ order.phone }}\n",
        "a.yaml:1:5: put quotes around a template: without them `{{` begins a mapping",
    ),
    "a number that is too large": (
        "b: 99999999999999999999\n",
        "a.yaml:1:4: this number is too large; quote it if it is text",
    ),
    "a tab": (
        "b:\n\tc: 1\n",
        ("a.yaml:2:1: this is no YAML: indent with spaces: this is a tab"),
    ),
    "a sign that no text begins with": (
        "b: @c\n",
        ("a.yaml:1:4: this is no YAML: quote a text that begins with a sign such as @, % or `"),
    ),
    "a bracket that is never closed": (
        "b: [c\n",
        "a.yaml:1:4: this is no YAML: the list that begins here is never closed",
    ),
    "a control character": (
        "b: 1\nöc: \x01\n",
        "a.yaml:2:5: this is no YAML: a character stands here that no file can hold",
    ),
    "an alias without an anchor": (
        "b: *x\n",
        (
            "a.yaml:1:4: this alias has no anchor before it; "
            "put quotes around a text that begins with `*`"
        ),
    ),
    "an alias within its own anchor": (
        "b: &x [*x]\n",
        "a.yaml:1:8: this alias stands within its own anchor",
    ),
    "a text of bad bytes": ("b: \udcff\n", "a.yaml:1:1: this is not UTF-8"),
    "many levels": ("b: " + "[" * 60 + "]" * 60, "a.yaml:1:54: more than 50 levels"),
    "more levels than the parser takes": (
        "[" * 2000,
        "a.yaml:1:1001: this is no YAML: there are too many levels",
    ),
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_is_wrong_is_said_with_its_place(text: str, problem: str) -> None:
    assert found(text) == [problem]


GOOD = {
    "an empty file": ("", None),
    "comments alone": ("# nothing\n", None),
    "lines that end as on Windows": ("b: 1\r\nc: 'd'\r\n", {"b": 1, "c": "d"}),
    "a comment after a number": ("b: 1 #c\n", {"b": 1}),
    "a comment after a text": ("b: c  # d\n", {"b": "c"}),
    "a quoted sign": ("b: 'Order #5'\n", {"b": "Order #5"}),
    "quoted numbers and words": (
        "b: '5'\nc: \"true\"\n'5': d\n",
        {"b": "5", "c": "true", "5": "d"},
    ),
    "a block is text": ("b: |\n  5\n", {"b": "5\n"}),
    "a quoted merge key is a key": ("'<<': 1\n", {"<<": 1}),
    "a norwegian message": ("message:\n  no: Hei\n", {"message": {"no": "Hei"}}),
    "an alias": ("b: &x {c: [1, 2]}\nd: *x\n", {"b": {"c": [1, 2]}, "d": {"c": [1, 2]}}),
    "a key without a value": ("b:\nc: 1\n", {"b": None, "c": 1}),
    "one document with its marks": ("---\nb: 1\n...\n", {"b": 1}),
}


@pytest.mark.parametrize(("text", "data"), GOOD.values(), ids=GOOD.keys())
def test_what_is_right_is_read(text: str, data: object) -> None:
    document = read_yaml(text, "a.yaml")

    assert document.data == data
    assert document.problems == []


def test_every_value_and_key_has_its_place() -> None:
    document = read_yaml("b:\n  ö: [1, x]\n  d: 'e'\n", "a.yaml")

    assert document.at(("b", "ö", 1)) == Place("a.yaml", 2, 10)
    assert document.at_key(("b", "ö")) == Place("a.yaml", 2, 3)
    assert document.at(("b", "d")) == Place("a.yaml", 3, 6)
    assert document.at_key(("b",)) == Place("a.yaml", 1, 1)


def test_what_is_missing_stands_at_the_key_above_it() -> None:
    document = read_yaml("b: 1\nc:\n  d: 1\n", "a.yaml")

    assert document.at(("c", "e")) == Place("a.yaml", 2, 1)
    assert document.at(("c", "e", "f")) == Place("a.yaml", 2, 1)
    assert document.at(("g",)) == Place("a.yaml", 1, 1)


def test_an_alias_has_its_own_place_and_what_is_inside_that_of_the_anchor() -> None:
    document = read_yaml("b: &x\n  c: 1\nd: *x\n", "a.yaml")

    assert document.at(("d",)) == Place("a.yaml", 3, 4)
    assert document.at_key(("d",)) == Place("a.yaml", 3, 1)
    assert document.at(("d", "c")) == Place("a.yaml", 2, 6)


def test_an_anchor_that_is_given_again_counts_from_there() -> None:
    document = read_yaml("b: &x 1\nc: *x\nd: &x 2\ne: *x\n", "a.yaml")

    assert document.data == {"b": 1, "c": 1, "d": 2, "e": 2}


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for level in range(1, 10):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{aliases}]")

    [problem] = found("\n".join(lines))

    assert problem.endswith(f"more than {MOST_VALUES} values once aliases are followed")


def test_aliases_cannot_make_more_levels_than_a_file_may_have() -> None:
    lines = ["a0: &a0 [1]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 60)]

    [problem] = found("\n".join(lines))

    assert problem.endswith("more than 50 levels")


def test_a_long_file_is_refused() -> None:
    [problem] = found("- 1\n" * (MOST_VALUES + 1))

    assert problem == f"a.yaml:{MOST_VALUES}:3: more than {MOST_VALUES} values"


def test_a_text_that_begins_with_a_template_wants_quotes() -> None:
    assert found("to: {{ order.phone }} b\n") == [
        "a.yaml:1:5: put quotes around a template: without them `{{` begins a mapping",
        ("a.yaml:1:23: this is no YAML: put quotes around a text that begins with a template"),
    ]


def test_what_was_wrong_before_the_end_is_said_too() -> None:
    assert found("b: 1\nb: 2\nc: [\n") == [
        "a.yaml:2:1: the key `b` stands twice, the first time in line 1",
        "a.yaml:4:1: this is no YAML: a value is due here",
    ]


def test_a_whole_number_as_a_key_is_the_text_that_stands_there() -> None:
    document = read_yaml('21612: a\n-1: b\n"7": c\n007: d\n', "a.yaml")

    assert document.problems == []
    assert list(document.data) == ["21612", "-1", "7", "007"]


def test_a_number_and_its_text_are_one_key() -> None:
    document = read_yaml('7: a\n"7": b\n', "a.yaml")

    assert [str(each) for each in document.problems] == [
        "a.yaml:2:1: the key `7` stands twice, the first time in line 1"
    ]
