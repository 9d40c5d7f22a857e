"""What the exceptions of the package, and those of others, say."""

from __future__ import annotations

import pytest

from smsherald.errors import in_one_line

REFUSED = """connection failed: connection to server at "127.0.0.1", port 1: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("disk full", "disk full", id="one"),
        pytest.param("disk full\n", "disk full", id="with its end"),
        pytest.param("a\nb", "a; b", id="two"),
        pytest.param("a  b\r\n\r\n\t c", "a b; c", id="white space"),
        pytest.param("All failures were:\n- a\n- b", "All failures were: - a; - b", id="a list"),
        pytest.param("It is off.\nTry again.", "It is off. Try again.", id="whole sentences"),
        pytest.param("", "", id="nothing"),
        pytest.param(
            REFUSED,
            'connection failed: connection to server at "127.0.0.1", port 1: Connection refused; '
            "Is the server running on that host and accepting TCP/IP connections?",
            id="libpq",
        ),
    ],
)
def test_of_several_lines_it_is_seen_where_each_has_ended(text: str, line: str) -> None:
    assert in_one_line(text) == line
