"""Which requests that came to nothing are too many."""

from __future__ import annotations

import pytest

from smsherald.model import Evidence, Shows
from smsherald.model.evidence import DONE, NOTHING
from smsherald.policy.unanswered import Unanswered

TEN = "10 requests in a row came to nothing (the last: timeout)"
MANY = "51 of the last 100 requests came to nothing (the last: timeout)"
UNKNOWN = Evidence(Shows.UNKNOWN, "timeout")
WORDS = {
    "+": DONE,
    "?": UNKNOWN,
    "/": Evidence(Shows.NO_CONNECTION, "timeout"),
    "-": NOTHING,
}


def after(story: str, counted: Unanswered | None = None) -> str | None:
    """Make a request for each sign, one after the other; return what the last one was."""
    counted = counted or Unanswered()
    why = None
    for sign in story:
        assert why is None, "there were too many before the story's end"
        why = counted.heard("default", WORDS[sign])
    return why


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param("?" * 9, None, id="nine unknown are not ten"),
        pytest.param("?" * 10, TEN, id="ten in a row"),
        pytest.param("/" * 10, TEN, id="ten without a connection"),
        pytest.param("+" * 500 + "?" * 10, TEN, id="ten in a row after much good"),
        pytest.param("?" * 9 + "+" + "?" * 9, None, id="an answer ends the row"),
        pytest.param("?" * 9 + "+" + "?" * 10, TEN, id="and another row begins"),
        pytest.param("?" * 9 + "/", TEN, id="no connection is no answer"),
        pytest.param("?" * 9 + "-" * 200, None, id="what is given up says nothing"),
        pytest.param("?+" * 250, None, id="a half is not over half"),
        pytest.param("??+" * 25 + "?", MANY, id="51 are, whatever would follow"),
        pytest.param("+" * 99 + "??+" * 25 + "?", MANY, id="over half, far from first"),
        pytest.param("??+" * 24 + "+" * 52 + "?" * 9, None, id="old ones are forgotten"),
    ],
)
def test_are_ten_in_a_row_or_over_half_of_a_hundred(story: str, expected: str | None) -> None:
    assert after(story) == expected


def test_it_says_where_the_last_one_went_that_no_answer_came_to() -> None:
    counted = Unanswered()
    after("?" * 9, counted)
    away = Evidence(Shows.NO_CONNECTION, "no_connection", "api.twilio.com:443")

    assert counted.heard("default", away) == (
        "10 requests in a row came to nothing (the last to api.twilio.com:443: no_connection)"
    )


def test_are_counted_for_each_account() -> None:
    counted = Unanswered()
    after("?" * 9, counted)

    assert counted.heard("other", UNKNOWN) is None
    assert counted.heard("default", UNKNOWN) == TEN


def test_are_counted_anew_once_forgotten() -> None:
    counted = Unanswered()
    after("?" * 9, counted)
    assert not counted.clean("default")
    counted.forget("default")

    assert counted.clean("default")
    assert after("?" * 9, counted) is None


@pytest.mark.parametrize(("story", "expected"), [("?", TEN), ("+" + "?" * 9, None)])
def test_is_the_next_one_where_there_is_doubt(story: str, expected: str | None) -> None:
    counted = Unanswered()
    counted.doubt("default")

    assert after(story, counted) == expected
