"""How a text may look."""

from __future__ import annotations

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import FlowBook, Shape, Template, make
from support.shop import ORDER, event, flow, sms_of


@pytest.mark.parametrize(
    ("shape", "text", "becomes"),
    [
        (Shape(), "Zürich", "Zürich"),
        (Shape(), "Zu\u0308rich", "Zürich"),
        (Shape(), "“Hi” \u2013 there…", "“Hi” \u2013 there…"),
        (Shape(gsm7=True), "“Hi” \u2013 there…", '"Hi" - there...'),
        (Shape(gsm7=True), "Łódź", "Lodz"),
        (Shape(gsm7=True), "Łódź 🎉", "Łódź 🎉"),
        (Shape(most=1), "a" * 160, "a" * 160),
        (Shape(most=1, cut=True), "word " * 40, "word " * 30 + "word..."),
        (Shape(most=2, cut=True), "a" * 160, "a" * 160),
        (Shape(gsm7=True), "a" * 1500 + "…" * 100, "a" * 1500 + "…" * 100),
        (Shape(gsm7=True), "\u200b Hi", "Hi"),
        (Shape(gsm7=True, most=1), "“" + "a" * 100 + "”", '"' + "a" * 100 + '"'),
    ],
)
def test_a_text_is_brought_into_it(shape: Shape, text: str, becomes: str) -> None:
    assert shape.of(text) == becomes


@pytest.mark.parametrize(
    ("shape", "text", "detail"),
    [
        (Shape(most=1), "a" * 161, "message takes 2 segments, and max_segments is 1"),
        (Shape(most=1), "ж" * 71, "message takes 2 segments, and max_segments is 1"),
        (
            Shape(most=1, cut=True),
            f"https://example.com/{'a' * 160}",
            "message begins with a link that does not fit into max_segments",
        ),
        # It is composed of two characters, and not one that is composed (NFC).
        (Shape(), "\u0958" * 801, "message is longer than 1600 characters"),
    ],
)
def test_what_does_not_fit_is_parked(shape: Shape, text: str, detail: str) -> None:
    with pytest.raises(UnusableError) as raised:
        shape.of(text)

    assert (raised.value.reason, raised.value.detail) == (Reason.TEXT_TOO_LONG, detail)


def test_what_has_nothing_left_is_parked() -> None:
    with pytest.raises(UnusableError) as raised:
        Shape(gsm7=True).of("\u200b\ufeff")

    assert (raised.value.reason, raised.value.detail) == (Reason.EMPTY_TEXT, "message is empty")


def test_it_is_what_is_sent_and_measured() -> None:
    curly = flow(shape=Shape(gsm7=True), messages={"": Template("“{{ order.number }}”")})

    asked = sms_of(curly).asked

    assert (asked.text, asked.segments.encoding) == ('"R12345"', "gsm7")


def test_what_takes_too_many_segments_is_a_defect_of_its_flow_alone() -> None:
    long = flow(id="long", shape=Shape(most=1), messages={"": Template("x" * 200)})

    made = make(event(ORDER), FlowBook([long, flow()]))

    assert [sms.flow for sms in made.smses] == ["order-created"]
    assert [defect.reason for defect in made.defects] == [Reason.TEXT_TOO_LONG]
