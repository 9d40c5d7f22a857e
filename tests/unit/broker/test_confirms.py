"""The accounting of publisher confirms, against a broker that answers in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smsherald.broker.rabbitmq.confirms import CONFIRM_STALLS, Confirms, Publish
from smsherald.settle.port import Confirm, Message


def publish(
    words: list[Confirm], body: bytes = b"", key: str = "", *, mandatory: bool = True
) -> Publish:
    return Publish(Message(body, {}), "", key, mandatory, words.append, at=0.0)


class TestConfirms:
    """Each publish hears exactly one word, its own."""

    def test_one_is_acked_and_one_nacked(self) -> None:
        first, second = list[Confirm](), list[Confirm]()
        confirms = Confirms()
        confirms.published(publish(first))
        confirms.published(publish(second))
        confirms.nacked(2, many=False)
        confirms.acked(1, many=False)

        assert (first, second) == ([Confirm.CONFIRMED], [Confirm.NACKED])

    def test_many_means_all_up_to_that_number(self) -> None:
        words = list[Confirm]()
        confirms = Confirms()
        for _ in range(5):
            confirms.published(publish(words))
        confirms.acked(3, many=True)

        assert len(words) == 3

    def test_many_costs_what_it_settles_however_many_came_before(self) -> None:
        words = list[Confirm]()
        confirms = Confirms()
        seen: list[int] = []
        for number in range(1, 1001):
            confirms.published(publish(words))
            confirms.acked(number, many=False)

        class Counted(dict[int, Publish]):
            def pop(self, number: int, *default: Any) -> Any:
                seen.append(number)
                return super().pop(number, *default)

        confirms.published(publish(words))
        confirms._waiting = Counted(confirms._waiting)  # noqa: SLF001 - what it looks at is the subject
        confirms.acked(1001, many=True)

        assert seen == [1001]
        assert len(words) == 1001

    def test_what_waits_for_too_long_is_said(self) -> None:
        confirms = Confirms()
        assert confirms.stalled(1e9) is None
        for at in (3.0, 4.0):
            confirms.published(replace(publish([]), at=at))
        confirms.acked(1, many=False)

        assert confirms.stalled(4.0 + CONFIRM_STALLS) is None
        assert "has confirmed nothing" in (confirms.stalled(4.1 + CONFIRM_STALLS) or "")

    def test_a_returned_message_is_not_confirmed_though_its_ack_follows(self) -> None:
        returned, taken = list[Confirm](), list[Confirm]()
        confirms = Confirms()
        confirms.published(publish(taken, b"same", "there"))
        confirms.published(publish(returned, b"same", "nowhere"))
        confirms.returned("", "nowhere", b"same")
        confirms.acked(2, many=True)

        assert (returned, taken) == ([Confirm.RETURNED], [Confirm.CONFIRMED])

    def test_of_two_alike_one_return_marks_one(self) -> None:
        words = list[Confirm]()
        confirms = Confirms()
        confirms.published(publish(words, b"same", "nowhere"))
        confirms.published(publish(words, b"same", "nowhere"))
        confirms.returned("", "nowhere", b"same")
        confirms.acked(2, many=True)

        assert sorted(words, key=lambda word: word.value) == [Confirm.CONFIRMED, Confirm.RETURNED]

    def test_what_was_given_up_hears_nothing_more(self) -> None:
        words = list[Confirm]()
        confirms = Confirms()
        confirms.published(publish(words))
        lost = confirms.lost()
        confirms.acked(1, many=False)

        assert len(lost) == 1
        assert not words

    @given(st.data())
    def test_any_order_of_single_and_multiple_acks_confirms_each_once(
        self, data: st.DataObject
    ) -> None:
        count = data.draw(st.integers(1, 40))
        heard: list[list[Confirm]] = [[] for _ in range(count)]
        confirms = Confirms()
        for words in heard:
            confirms.published(publish(words))
        open_ = set(range(1, count + 1))
        while open_:
            tag = data.draw(st.sampled_from(sorted(open_)))
            many = data.draw(st.booleans())
            confirms.acked(tag, many=many)
            open_ -= set(range(1, tag + 1)) if many else {tag}

        assert heard == [[Confirm.CONFIRMED]] * count
