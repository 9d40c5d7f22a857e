"""Reading what Twilio answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.model import Accepted
from smsherald.twilio.answers import Message, Page, accepted, error_code, page

SID = "SM" + "0" * 32
ENTRY = {
    "sid": SID,
    "status": "queued",
    "body": "Hi Ann.",
    "from": "+15005550006",
    "messaging_service_sid": None,
    "date_created": "Sun, 01 Mar 2026 12:00:30 +0000",
}
MESSAGE = Message(
    SID,
    "queued",
    "Hi Ann.",
    "+15005550006",
    None,
    datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC).timestamp(),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class TestAccepted:
    """The answer to a request that was taken."""

    def test_names_the_text_and_its_status(self) -> None:
        assert accepted(json.dumps(ENTRY)) == Accepted(SID, "queued")

    @pytest.mark.parametrize("status", [None, 7, "", "Q", "é", "x" * 33])
    def test_does_without_a_status_that_is_none(self, status: Any) -> None:
        assert accepted(json.dumps(ENTRY | {"status": status})) == Accepted(SID, None)

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("", id="empty"),
            pytest.param(json.dumps(ENTRY)[:-1], id="cut short"),
            pytest.param("<html>", id="no JSON"),
            pytest.param(json.dumps([ENTRY]), id="list"),
            pytest.param(json.dumps({"status": "queued"}), id="no sid"),
            pytest.param(json.dumps({"sid": None}), id="null"),
            pytest.param(json.dumps({"sid": 7}), id="number"),
            pytest.param(json.dumps({"sid": ""}), id="empty sid"),
            pytest.param(json.dumps({"sid": "\ud800"}), id="what no database takes"),
            pytest.param(json.dumps({"sid": SID + "\n"}), id="line break"),
            pytest.param("[" * 100_000, id="deeper than Python goes"),
        ],
    )
    def test_is_none_where_no_text_is_named(self, body: str) -> None:
        assert accepted(body) is None


class TestErrorCode:
    """The code in the answer to one that was not."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            pytest.param(
                '{"code": 21211, "message": "…", "more_info": "…", "status": 400}',
                21211,
                id="Twilio's own error body",
            ),
            pytest.param(
                '{"type": "…", "title": "…", "status": 400, "code": 21211, "detail": "…"}',
                21211,
                id="problem of RFC 9457",
            ),
            pytest.param('{"code": null}', None, id="null"),
            pytest.param('{"code": true}', None, id="true is not 1"),
            pytest.param('{"code": "21211"}', None, id="text"),
            pytest.param('{"code": 0}', None, id="nought"),
            pytest.param('{"code": -21211}', None, id="below nought"),
            pytest.param(f'{{"code": {10**30}}}', None, id="larger than any"),
            pytest.param('{"message": "…"}', None, id="none"),
            pytest.param("<html>", None, id="no JSON"),
            pytest.param("[21211]", None, id="list"),
        ],
    )
    def test_is_read(self, body: str, code: int | None) -> None:
        assert error_code(body) == code


class TestPage:
    """A page of the list of texts."""

    def test_holds_the_texts_and_the_next_pages_path(self) -> None:
        body = {"messages": [ENTRY], "next_page_uri": "/2010-04-01/next?Page=1"}

        assert page(json.dumps(body)) == Page((MESSAGE,), "/2010-04-01/next?Page=1")

    @pytest.mark.parametrize("following", [None, ""])
    def test_may_be_the_last(self, following: str | None) -> None:
        body: dict[str, Any] = {"messages": [], "next_page_uri": following}

        assert page(json.dumps(body)) == Page((), None)

    @pytest.mark.parametrize("date", [None, "", "yesterday", 7])
    def test_holds_a_text_whose_date_cannot_be_read(self, date: Any) -> None:
        read = page(json.dumps({"messages": [ENTRY | {"date_created": date}]}))

        assert read is not None
        assert read.messages[0].created is None

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({}, id="no list"),
            pytest.param({"messages": None}, id="null"),
            pytest.param({"messages": [None]}, id="entry that is none"),
            pytest.param({"messages": [ENTRY, {"body": "Hi."}]}, id="entry without sid"),
            pytest.param({"messages": [ENTRY, {"sid": SID}]}, id="entry without text"),
            pytest.param({"messages": [], "next_page_uri": 7}, id="next page that is none"),
            pytest.param(
                {"messages": [], "next_page_uri": "https://evil.example/"}, id="another host"
            ),
        ],
    )
    def test_is_none_where_a_part_cannot_be_read(self, body: dict[str, Any]) -> None:
        assert page(json.dumps(body)) is None


@given(st.text() | JSON.map(json.dumps))
def test_no_answer_is_an_error(body: str) -> None:
    accepted(body)
    error_code(body)
    page(body)


@given(JSON)
def test_no_list_of_texts_is_an_error(entries: Any) -> None:
    page(json.dumps({"messages": [entries]}))
    page(json.dumps({"messages": entries, "next_page_uri": entries}))
