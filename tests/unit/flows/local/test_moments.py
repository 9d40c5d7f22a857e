"""What events say of dates and times is read as what it means, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsherald.flows.local.moments import read

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
MOMENT = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T15:30:00Z",
        "2026-01-05t15:30:00z",
        "2026-01-05T15:30Z",
        "2026-01-05T15:30:00.000Z",
        "2026-01-05T15:30:00.0000000Z",
        "2026-01-05T15:30:00,0Z",
        "2026-01-05T16:30:00+01:00",
        "2026-01-05T16:30:00+0100",
        "2026-01-05T16:30:00+01",
        "2026-01-05T10:30:00-05:00",
        "2026-01-05 15:30:00 UTC",
        "2026-01-05 15:30:00 +0000",
        "2026-01-05 16:30:00 +0100",
        "2026-01-05T16:30:00+01:00[Europe/Paris]",
        "2026-01-05T16:30:00",
        "2026-01-05 16:30:00.000000",
        " 2026-01-05 16:30 ",
        1767627000,
        1767627000.0,
        1767627000000,
        "1767627000",
        "1767627000.0",
        "1767627000000",
        MOMENT,
        MOMENT.astimezone(NEW_YORK),
        datetime(2026, 1, 5, 16, 30),  # noqa: DTZ001 - one that a schema may make.
    ],
)
def test_a_moment_is_read_in_the_zone(value: Any) -> None:
    moment = read(value, BERLIN)

    assert moment == MOMENT
    assert isinstance(moment, datetime)
    assert moment.tzinfo is BERLIN


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-05", date(2026, 1, 5)),
        ("2024-02-29", date(2024, 2, 29)),
        ("15:30", time(15, 30)),
        ("15:30:59", time(15, 30, 59)),
        (date(2026, 1, 5), date(2026, 1, 5)),
        (time(15, 30), time(15, 30)),
    ],
)
def test_what_stands_alone_is_in_no_zone(value: Any, moment: date | time) -> None:
    assert read(value, NEW_YORK) == moment
    assert not isinstance(read(value, NEW_YORK), datetime)


@pytest.mark.parametrize(
    ("value", "hour", "offset"),
    [
        pytest.param("2026-03-29T00:59:59Z", 1, 1, id="before summer time"),
        pytest.param("2026-03-29T01:00:00Z", 3, 2, id="an hour is left out"),
        pytest.param("2026-10-25T00:59:59Z", 2, 2, id="before the hour comes again"),
        pytest.param("2026-10-25T01:00:00Z", 2, 1, id="the hour that comes again"),
        pytest.param("2026-10-25T02:30:00", 2, 2, id="without a zone it is the first"),
        pytest.param("2026-03-29T02:30:00", 2, 1, id="an hour that there is not stays as it is"),
        pytest.param(1774746000, 3, 2, id="a number"),
    ],
)
def test_the_clocks_change(value: Any, hour: int, offset: int) -> None:
    moment = read(value, BERLIN)

    assert isinstance(moment, datetime)
    assert (moment.hour, moment.utcoffset()) == (hour, timedelta(hours=offset))


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "soon",
        "today",
        "05.01.2026",
        "01/05/2026",
        "2026-1-5",
        "2026-13-01",
        "2025-02-29",
        "2026-01",
        "2026",
        "20260105",
        "20260105T153000Z",
        "2026-W02-1",
        "0000-00-00",
        "0001-01-01T00:00:00Z",
        "1899-12-30",
        "2026-01-05T24:00:00Z",
        "2026-01-05T15:30:60Z",
        "2026-01-05T15:30:00+25:00",
        "2026-01-05T15:30:00 Berlin",
        "2026-01-05T",
        "T15:30",
        "15:30Z",
        "15:30+01:00",
        "25:00",
        "\u0662026-01-05",
        "2026-01-05" + " " * 200,
        "1767627000000000",
        0,
        1,
        2026,
        20_260_105,
        99_999_999,
        1_767_627_000_000_000,
        1e300,
        float("nan"),
        float("inf"),
        "9999-12-31T23:59:59-12:00",
        date(1, 1, 1),
        time(15, 30, tzinfo=UTC),
    ],
)
def test_what_is_none_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        read(value, UTC)


@pytest.mark.parametrize("value", [True, [], {}, b"2026-01-05"])
def test_what_is_neither_text_nor_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        read(value, UTC)


@given(st.integers(10**8, 10**11 - 1))
def test_from_1e11_on_numbers_are_milliseconds(seconds: int) -> None:
    assert read(seconds, UTC) == datetime.fromtimestamp(seconds, UTC)
    if seconds * 1000 >= 1e11:
        assert read(seconds * 1000, UTC) == read(seconds, UTC)
        assert read(str(seconds), UTC) == read(seconds, UTC) if seconds >= 10**8 else True


ZONES = st.sampled_from([UTC, BERLIN, NEW_YORK])


@settings(max_examples=50)
@given(moment=st.datetimes(), zone=ZONES)
def test_what_python_writes_is_read(moment: datetime, zone: tzinfo) -> None:
    whole = moment.replace(year=2000 + moment.year % 60, day=3, microsecond=0, tzinfo=zone)

    # In one zone: of two zones, no moment of an hour that comes again equals another.
    assert read(whole.isoformat(), UTC) == whole.astimezone(UTC)
