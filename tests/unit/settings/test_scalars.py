"""What an unquoted scalar means."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smsherald.settings.yaml.reader import read_yaml
from smsherald.settings.yaml.scalars import Scalar, scalar


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0", 0),
        ("-12", -12),
        ("9223372036854775807", 2**63 - 1),
        ("0.5", 0.5),
        ("-10.25", -10.25),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("Null", None),
        ("", None),
    ],
)
def test_numbers_and_the_three_words_have_a_type(text: str, meaning: Scalar) -> None:
    found = scalar(text)

    assert found == meaning
    assert type(found) is type(meaning)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "on",
        "Yes",
        "tRUE",
        "~",
        "22:00",
        "+15551234567",
        "00123",
        "0x1F",
        "0o17",
        "1_000",
        "1e3",
        ".5",
        "5.",
        "+1",
        ".inf",
        ".nan",
        "2026-01-01",
        "٣",
        "1\n",
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text", ["9223372036854775808", "1" * 5000, "-" + "9" * 19, "1" * 400 + ".0"]
)
def test_a_number_that_no_computer_word_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        scalar(text)


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1) | st.booleans() | st.none())
def test_whole_numbers_and_words_survive_writing_and_reading(value: Scalar) -> None:
    written = (
        {None: "null", True: "true", False: "false"}.get(value, str(value))
        if (value is None or isinstance(value, bool))
        else str(value)
    )

    assert read_yaml(f"key: {written}", "a.yaml").data == {"key": value}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_texts_survive_writing_and_reading(text: str) -> None:
    written = yaml.dump({"key": text}, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6)

    document = read_yaml(written, "a.yaml")

    assert document.data == {"key": text}


@given(st.from_regex(r"\A-?(0|[1-9][0-9]{0,5})\.[0-9]{1,6}\Z"))
def test_decimals_are_what_python_makes_of_them(text: str) -> None:
    assert scalar(text) == float(text)
