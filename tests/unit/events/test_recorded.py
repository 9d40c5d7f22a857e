"""An event that is written as a line of JSON is the same event when it is read again."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import UnusableError
from smsherald.events import decode
from smsherald.events.recorded import is_recorded, line_of, recorded
from smsherald.model import Delivery

_NOW = 1_767_225_600.0


def _delivery(body: bytes, **changes: Any) -> Delivery:
    parts: dict[str, Any] = {
        "properties": {"headers": {}},
        "exchange": "events",
        "routing_key": "order.created",
        "redelivered": False,
        "tag": 7,
    }
    return Delivery(body, **(parts | changes))


def _again(delivery: Delivery) -> Delivery:
    line = json.loads(json.dumps(line_of(delivery, _NOW)))
    assert is_recorded(line)
    return recorded(line).delivery


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(  # noqa: DTZ001 - the zone is next
        lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(min_size=1).filter(lambda name: name[0] != "$"), inner, max_size=3
        )
    ),
    max_leaves=8,
)


class TestWrittenAndRead:
    """Nothing gets lost between a line and the next reader."""

    @given(st.dictionaries(st.text(), _JSON, max_size=4) | st.lists(_JSON, max_size=4))
    def test_a_body_has_the_same_values(self, body: Any) -> None:
        delivery = _delivery(json.dumps(body, indent=2).encode())
        assert _outcome(_again(delivery)) == _outcome(delivery)

    @given(st.binary(max_size=30) | st.just(b"\xef\xbb\xbf{}") | st.just(b'{"a": 1, "a": 2}'))
    def test_a_body_that_is_none_stays_none(self, body: bytes) -> None:
        assert _outcome(_again(_delivery(body))) == _outcome(_delivery(body))

    @given(st.dictionaries(st.text(min_size=1), _VALUES, max_size=4))
    def test_headers_keep_values_and_types(self, headers: dict[str, Any]) -> None:
        delivery = _delivery(b"{}", properties={"type": "order", "headers": headers})
        assert _again(delivery).properties == delivery.properties

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_a_number_that_json_has_not_leaves_the_line_json(self, number: float) -> None:
        line = line_of(_delivery(b"{}", properties={"headers": {"n": number}}), _NOW)
        json.dumps(line, allow_nan=False)
        assert (
            str(recorded(line).delivery.properties["headers"]["n"]).lower().startswith(str(number))
        )

    def test_a_date_without_a_zone_is_utc(self) -> None:
        naive = datetime(2026, 1, 1)  # noqa: DTZ001 - as py-amqp gives it
        delivery = _delivery(b"{}", properties={"timestamp": naive, "headers": {}})
        assert _again(delivery).properties["timestamp"] == naive.replace(tzinfo=UTC)

    def test_names_and_time(self) -> None:
        delivery = _delivery(b"{}", exchange="shop", routing_key="a.b")
        again = recorded(line_of(delivery, 12.3456))
        assert (again.delivery.exchange, again.delivery.routing_key) == ("shop", "a.b")
        assert again.at == 12.346

    def test_parameters_of_an_envelope_are_emptied(self) -> None:
        body = b'{"request_id": "1", "order": {}, "parameters": {"twilio_auth_token": "secret"}}'
        line = line_of(_delivery(body), _NOW)
        assert line["body"] == {"request_id": "1", "order": {}, "parameters": {}}
        assert "secret" not in json.dumps(line)

    def test_what_identifies_an_envelope_still_does(self) -> None:
        delivery = _delivery(b'{"request_id": "1", "order": {}, "parameters": {"token": "t"}}')
        again = recorded(line_of(delivery, _NOW)).delivery
        one, other = (decode(each, now=_NOW, max_body=1000) for each in (delivery, again))
        assert one.identity == other.identity == ("request", "1")
        assert one.had_parameters is other.had_parameters is True

    def test_an_envelope_may_have_none(self) -> None:
        assert line_of(_delivery(b'{"order": {}}'), _NOW)["body"] == {"order": {}}

    def test_parameters_of_somebody_elses_stay(self) -> None:
        assert line_of(_delivery(b'{"parameters": 1}'), _NOW)["body"] == {"parameters": 1}


def _outcome(delivery: Delivery) -> Any:
    try:
        event = decode(delivery, now=_NOW, max_body=1_000_000)
    except UnusableError as error:
        return error.reason
    return event.body, event.headers, event.names


class TestWhatIsRecorded:
    """A line by its keys, and what a person hears of a wrong one."""

    @pytest.mark.parametrize(
        ("data", "is_one"),
        [
            ({"exchange": "e", "routing_key": "k", "body": {}}, True),
            ({"at": 1, "exchange": "e", "routing_key": "k", "body_base64": ""}, True),
            ({"exchange": "e", "routing_key": "k"}, False),
            ({"exchange": "e", "routing_key": "k", "body": {}, "body_base64": ""}, False),
            ({"exchange": "e", "routing_key": "k", "body": {}, "number": 1}, False),
            ({"at": 1, "body": {}}, False),
            ({"number": "R1"}, False),
            ([], False),
            ("text", False),
        ],
    )
    def test_by_its_keys(self, data: Any, is_one: bool) -> None:  # noqa: FBT001 - a table
        assert is_recorded(data) is is_one

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"headers": []}, None),
            ({"headers": [1]}, "headers is no object"),
            ({"properties": "x"}, "properties is no object"),
            ({"routing_key": 1}, "routing_key is no text"),
            ({"exchange": None}, "exchange is no text"),
            ({"at": "yesterday"}, "at is neither seconds"),
            ({"at": []}, "at is neither seconds"),
            ({"at": -1}, "at is no time"),
            ({"at": 1e300}, "at is no time"),
            ({"at": math.nan}, "at is no time"),
            ({"at": "1969-12-31"}, "at is no time"),
            ({"headers": {"a": {"$bytes": "%"}}}, "no base64"),
            ({"headers": {"a": {"$time": 1e300}}}, "no time"),
            ({"headers": {"a": {"$decimal": "x"}}}, "no number"),
        ],
    )
    def test_what_is_wrong_is_said(self, more: dict[str, Any], words: str | None) -> None:
        data = {"exchange": "e", "routing_key": "k", "body": {}} | more
        if words is None:
            assert recorded(data).delivery.properties == {"headers": {}}
            return
        with pytest.raises(ValueError, match=words):
            recorded(data)

    def test_a_base64_that_is_none_is_said(self) -> None:
        with pytest.raises(ValueError, match="body_base64 is no base64"):
            recorded({"exchange": "e", "routing_key": "k", "body_base64": "%%%"})

    @pytest.mark.parametrize("at", ["2026-01-01T00:00:00Z", "2026-01-01", _NOW])
    def test_a_time_as_people_write_it(self, at: Any) -> None:
        assert recorded({"at": at, "exchange": "", "routing_key": "", "body": {}}).at == _NOW
