"""The wait that a `Retry-After` header asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.twilio.http import retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, None, id="no header"),
        pytest.param("0", 0.0, id="at once"),
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 3 ", 3.0, id="seconds with blanks around"),
        pytest.param("Sun, 01 Mar 2026 12:00:30 GMT", 30.0, id="date"),
        pytest.param("Sun, 01 Mar 2026 12:00:30", 30.0, id="date without a zone is UTC"),
        pytest.param("Sun, 01 Mar 2026 11:00:00 GMT", 0.0, id="date that has passed"),
        pytest.param("", None, id="empty"),
        pytest.param("-5", None, id="below zero"),
        pytest.param("soon", None, id="word"),
        pytest.param("1e9", None, id="float"),
        pytest.param("1" * 400, None, id="number beyond floats"),
        pytest.param("٣", None, id="digit that is not ASCII"),
        pytest.param("Sun, 31 Feb 2026 12:00:30 GMT", None, id="date that is none"),
        pytest.param(
            "Sun, 01 Mar 99999999999999999999 12:00:30 GMT", None, id="year beyond calendars"
        ),
        pytest.param("Sun, 01 Mar 2026 12:00:30 +" + "9" * 20, None, id="zone beyond a day"),
    ],
)
def test_is_read(value: str | None, expected: float | None) -> None:
    assert retry_after(value, NOW) == expected


@given(st.text())
def test_is_never_an_error_and_never_below_zero(value: str) -> None:
    wait = retry_after(value, NOW)

    assert wait is None or wait >= 0
