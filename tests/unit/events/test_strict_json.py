"""Only JSON is JSON, and no error says what was in the body."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.events.strict_json import MAX_DEPTH, parse
from support.steps import in_steps

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=8,
)


def nested(opening: str, closing: str, depth: int, within: str = "1") -> bytes:
    return f"{opening * depth}{within}{closing * depth}".encode()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b"{}", {}, id="an empty object"),
        pytest.param(b' \t\r\n{"a": 1} \n', {"a": 1}, id="white space around it"),
        pytest.param('{"ä": "ü😀"}'.encode(), {"ä": "ü😀"}, id="UTF-8"),
        pytest.param(b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, id="a surrogate pair by escapes"),
        pytest.param(b'{"a": "\\u0000"}', {"a": "\0"}, id="an escaped NUL"),
        pytest.param(
            b'{"a": "\\\\ud800"}', {"a": "\\ud800"}, id="what only looks like half a pair"
        ),
        pytest.param(b'{"a": 9223372036854775807}', {"a": 2**63 - 1}, id="the largest integer"),
        pytest.param(b'{"a": -9223372036854775808}', {"a": -(2**63)}, id="the smallest integer"),
        pytest.param(b'{"a": 1e300}', {"a": 1e300}, id="a large number"),
        pytest.param(b'{"a": 1e-400}', {"a": 0.0}, id="a number next to nothing"),
        pytest.param(
            b'{"a": {"b": 1}, "c": {"b": 2}}',
            {"a": {"b": 1}, "c": {"b": 2}},
            id="a key of two objects",
        ),
        pytest.param(
            b'{"__type__": "datetime", "__value__": "x"}',
            {"__type__": "datetime", "__value__": "x"},
            id="another library's markers are only keys",
        ),
        pytest.param(
            b'{"on": "no", "yes": "off"}',
            {"on": "no", "yes": "off"},
            id="words that YAML would turn",
        ),
    ],
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert parse(body) == value


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(b"", "the body is empty", id="nothing"),
        pytest.param(b"order: R12345", "not JSON at", id="YAML"),
        pytest.param(b'{"secret": 1,}', "not JSON at", id="a comma too many"),
        pytest.param(b"{'secret': 1}", "not JSON at", id="single quotes"),
        pytest.param(b'{"secret": 1} {}', "not JSON at", id="two values"),
        pytest.param(b'{"secret": 1} // why', "not JSON at", id="a comment"),
        pytest.param(b'{"secret": 01}', "not JSON at", id="a leading zero"),
        pytest.param(b'{"secret": .5}', "not JSON at", id="a number without its zero"),
        pytest.param(b'{"secret": 0x10}', "not JSON at", id="a hexadecimal number"),
        pytest.param(b'{"secret": +1}', "not JSON at", id="a plus sign"),
        pytest.param(b'{"secret": 1_000}', "not JSON at", id="an underscore"),
        pytest.param(b'{"secret": \xd9\xa5}', "not JSON at", id="digits of another script"),
        pytest.param(b'{"secret": True}', "not JSON at", id="Python's true"),
        pytest.param(b'{"secret": "a\nb"}', "not JSON at", id="a newline in a string"),
        pytest.param(b'{"secret": "\0"}', "not JSON at", id="a bare NUL"),
        pytest.param(b'{"secret": "\\x41"}', "not JSON at", id="an escape that JSON has not"),
        pytest.param(b'{"secret": "\\u00e"}', "not JSON at", id="an escape cut short"),
        pytest.param(b'{"secret"', "not JSON at", id="a body cut short"),
        pytest.param(
            b'\xef\xbb\xbf\xef\xbb\xbf{"secret": 1}', "not JSON at", id="two byte order marks"
        ),
        pytest.param('{"secret": 1}'.encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param(b'{"secret": "\xff"}', "not UTF-8", id="no UTF-8"),
        pytest.param(b'{"secret": "\xed\xa0\x80"}', "not UTF-8", id="a surrogate as bytes"),
        pytest.param(b'{"secret": "\xc0\x80"}', "not UTF-8", id="an overlong NUL"),
        pytest.param(b'{"secret": NaN}', "NaN and Infinity", id="NaN"),
        pytest.param(b'{"secret": Infinity}', "NaN and Infinity", id="Infinity"),
        pytest.param(b'{"secret": -Infinity}', "NaN and Infinity", id="minus Infinity"),
        pytest.param(b'{"secret": 1e400}', "too large", id="a number that becomes infinity"),
        pytest.param(b'{"secret": -1e400}', "too large", id="or minus infinity"),
        pytest.param(b'{"secret": 9223372036854775808}', "64 bits", id="an integer one too large"),
        pytest.param(b'{"secret": -9223372036854775809}', "64 bits", id="an integer one too small"),
        pytest.param(
            b'{"secret": ' + b"9" * 5000 + b"}", "64 bits", id="more digits than Python takes"
        ),
        pytest.param(b'{"secret": 1, "secret": 2}', "same key twice", id="a key twice"),
        pytest.param(
            b'{"a": [{"secret": 1, "\\u0073ecret": 1}]}',
            "same key twice",
            id="a key twice deep inside, once by an escape",
        ),
        pytest.param(b'{"secret": "\\ud800"}', "surrogate", id="half a pair"),
        pytest.param(b'{"secret": "\\udc00\\ud800"}', "surrogate", id="a pair the wrong way"),
        pytest.param(b'{"\\udfff": "secret"}', "surrogate", id="half a pair in a key"),
    ],
)
def test_what_is_not_json_is_refused_by_its_rule(body: bytes, detail: str) -> None:
    with pytest.raises(UnusableError, match=detail) as raised:
        parse(body)

    assert raised.value.reason is Reason.NOT_JSON
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("body", [b'"text"', b"1", b"1.5", b"null", b"true"])
def test_json_that_is_neither_object_nor_list_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(UnusableError) as raised:
        parse(body)

    assert raised.value.reason is Reason.NOT_AN_OBJECT


class TestDepth:
    """It ends at a fixed place, whatever Python's own limit is and whoever calls."""

    def test_the_deepest_that_is_allowed(self) -> None:
        assert parse(nested('{"a":', "}", MAX_DEPTH))

    @pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 5_000, 100_000])
    def test_what_is_deeper_is_not_json(self, depth: int) -> None:
        for body in (nested('{"a":', "}", depth), nested("[", "]", depth, '{"a": 1}')):
            with pytest.raises(UnusableError) as raised:
                parse(b'{"a": %b}' % body)

            assert raised.value.reason is Reason.NOT_JSON
            assert "deep" in raised.value.detail

    def test_it_does_not_depend_on_the_caller(self) -> None:
        body = nested('{"a":', "}", MAX_DEPTH)

        def called_from(depth: int) -> dict[str, Any] | list[Any]:
            return parse(body) if depth == 0 else called_from(depth - 1)

        assert called_from(sys.getrecursionlimit() // 2)

    def test_many_brackets_side_by_side_are_not_deep(self) -> None:
        assert parse(b'{"a": [' + b"[]," * 1000 + b"{}]}")

    def test_brackets_in_a_string_are_not_deep(self) -> None:
        assert parse(b'{"a": "' + b"[{" * 1000 + b'"}')


@given(st.dictionaries(TEXTS, JSON, max_size=4) | st.lists(JSON, max_size=4))
def test_every_object_and_list_comes_back_as_it_was(value: dict[str, Any] | list[Any]) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode(errors="ignore")))
def test_no_bytes_raise_anything_but_their_reason(body: bytes) -> None:
    try:
        value = parse(body)
    except UnusableError as error:
        reason = error.reason
    else:
        assert isinstance(value, dict | list)
        return

    assert reason in {Reason.NOT_JSON, Reason.NOT_AN_OBJECT}


@given(st.text(alphabet='{}[]",:\\u0123456789dDeE+-. nultrefasNI', max_size=60))
def test_whatever_is_taken_can_be_stored_and_sent(text: str) -> None:
    try:
        value = parse(text.encode())
    except UnusableError:
        return

    stored = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

    assert json.loads(stored) == value


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a": ' + b"1" * 1_000_000 + b"}", id="a million digits"),
        pytest.param(b'{"a": 0.' + b"1" * 1_000_000 + b"}", id="a million decimals"),
        pytest.param(b'{"a": ' + b"[" * 1_000_000, id="a million brackets"),
        pytest.param(b'{"a": [' + b"[]," * 300_000 + b"1]}", id="a third of a million lists"),
        pytest.param(b'{"a": "' + b"\\u00e4" * 160_000 + b'"}', id="a megabyte of escapes"),
    ],
)
def test_a_megabyte_of_malice_takes_steps_by_its_length_alone(body: bytes) -> None:
    with contextlib.suppress(UnusableError):
        in_steps(10 * len(body), lambda: parse(body))
