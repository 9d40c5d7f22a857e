"""When an account is asked nothing, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from smsherald.twilio.breaker import (
    FIRST_WAIT,
    FORGOTTEN,
    IN_A_ROW,
    LAST,
    LONGEST_WAIT,
    Began,
    Breaker,
    Change,
    Ended,
    Permit,
)
from smsherald.twilio.evidence import DONE, NOTHING, Evidence, Shows

TEN = "10 requests in a row that Twilio may or may not have taken (the last: timeout)"
MANY = "51 of the last 100 requests that Twilio may or may not have taken (the last: timeout)"
UNKNOWN = Evidence(Shows.UNKNOWN, "timeout")
NO_CONNECTION = Evidence(Shows.NO_CONNECTION, "tls")
ALL = (DONE, UNKNOWN, NO_CONNECTION, NOTHING)
WORDS = {
    "+": DONE,
    "?": UNKNOWN,
    "/": NO_CONNECTION,
    "-": NOTHING,
}


def ask(breaker: Breaker, now: float = 0.0) -> Permit:
    """Ask for a turn that there must be."""
    turn = breaker.permit(now)
    assert turn is not None
    return turn


def after(story: str, breaker: Breaker | None = None, now: float = 0.0) -> Change | None:
    """Make a request for each sign, one after the other; return what the last one changed."""
    breaker = breaker or Breaker()
    change = None
    for sign in story:
        assert change is None, "it changed before the story's end"
        change = breaker.give_back(ask(breaker, now), WORDS[sign], now)
    return change


def paused(now: float = 0.0) -> Breaker:
    """Return one whose pause has just begun."""
    breaker = Breaker()
    assert after("?" * IN_A_ROW, breaker, now) == Began(TEN)
    return breaker


class TestBeginning:
    """Of a pause, after requests in this order: + answered, ? unknown, / no connection, - none."""

    @pytest.mark.parametrize(
        ("story", "expected"),
        [
            pytest.param("?" * 9, None, id="nine unknown are not ten"),
            pytest.param("?" * 10, Began(TEN), id="ten in a row"),
            pytest.param("+" * 500 + "?" * 10, Began(TEN), id="ten in a row after much good"),
            pytest.param("?" * 9 + "+" + "?" * 9, None, id="an answer ends the row"),
            pytest.param("?" * 9 + "+" + "?" * 10, Began(TEN), id="and another row begins"),
            pytest.param("?" * 9 + "/" + "?", Began(TEN), id="no connection is no answer"),
            pytest.param("/" * 200, None, id="nor does it cost a quarantine"),
            pytest.param("?" * 9 + "-" * 200, None, id="what is given up says nothing"),
            pytest.param("?+" * 250, None, id="a half is not over half"),
            pytest.param("??+" * 25 + "?", Began(MANY), id="51 are, whatever would follow"),
            pytest.param("+" * 99 + "??+" * 25 + "?", Began(MANY), id="over half, far from first"),
            pytest.param("??+" * 24 + "+" * 52 + "?" * 9, None, id="old ones are forgotten"),
        ],
    )
    def test_needs_ten_in_a_row_or_over_half_of_a_hundred(
        self, story: str, expected: Change | None
    ) -> None:
        assert after(story) == expected

    def test_is_one_where_two_hundred_fail_together(self) -> None:
        breaker = Breaker()
        turns = [ask(breaker) for _ in range(200)]

        changes = [breaker.give_back(turn, UNKNOWN, 1.0) for turn in turns]

        assert [change for change in changes if change] == [Began(TEN)]
        assert breaker.permit(FIRST_WAIT + 0.9) is None
        assert breaker.permit(FIRST_WAIT + 1.0) is not None


class TestPause:
    """What goes on in one."""

    def test_nobody_gets_a_turn_before_the_first_probe_is_due(self) -> None:
        breaker = paused(now=100.0)

        assert breaker.permit(100.0) is None
        assert breaker.permit(100.0 + FIRST_WAIT - 0.001) is None

    def test_it_says_how_long_to_wait(self) -> None:
        breaker = paused(now=100.0)

        assert Breaker().wait(100.0) == 0
        assert breaker.wait(100.0) == FIRST_WAIT
        assert breaker.wait(103.0) == FIRST_WAIT - 3
        assert breaker.wait(200.0) == 0

    def test_one_probe_goes_and_the_others_wait_for_it(self) -> None:
        breaker = paused()
        ask(breaker, 7.0)

        assert breaker.permit(7.0) is None
        assert breaker.permit(7000.0) is None
        assert breaker.wait(7.0) == FIRST_WAIT

    def test_probes_come_ever_later_while_nobody_answers(self) -> None:
        breaker = paused()
        now, waits = 0.0, []
        for _ in range(6):
            wait = breaker.wait(now)
            waits.append(wait)
            assert breaker.permit(now + wait - 0.001) is None
            now += wait
            assert breaker.give_back(ask(breaker, now), UNKNOWN, now) is None

        assert waits == [5.0, 10.0, 20.0, 40.0, LONGEST_WAIT, LONGEST_WAIT]

    def test_a_probe_that_finds_no_connection_has_failed_too(self) -> None:
        breaker = paused()

        assert breaker.give_back(ask(breaker, 5.0), NO_CONNECTION, 6.0) is None
        assert breaker.wait(6.0) == 2 * FIRST_WAIT

    def test_a_probe_that_is_given_up_leaves_its_turn_to_the_next(self) -> None:
        breaker = paused()

        assert breaker.give_back(ask(breaker, 5.0), NOTHING, 6.0) is None
        assert breaker.wait(6.0) == 0
        assert breaker.give_back(ask(breaker, 6.0), DONE, 6.1) == Ended()

    @pytest.mark.parametrize("heard", ALL, ids=lambda it: it.shows.name)
    def test_what_was_in_flight_when_it_began_changes_nothing(self, heard: Evidence) -> None:
        breaker = Breaker()
        late = ask(breaker)
        after("?" * IN_A_ROW, breaker)

        assert breaker.give_back(late, heard, 1.0) is None
        assert breaker.wait(1.0) == FIRST_WAIT - 1
        assert breaker.permit(1.0) is None

    def test_what_was_in_flight_changes_nothing_while_a_probe_is_out_either(self) -> None:
        breaker = Breaker()
        late = ask(breaker)
        after("?" * IN_A_ROW, breaker)
        probe = ask(breaker, 5.0)

        assert breaker.give_back(late, DONE, 5.1) is None
        assert breaker.permit(5.1) is None
        assert breaker.give_back(probe, DONE, 5.2) == Ended()


class TestEnd:
    """Of a pause."""

    def test_comes_with_the_first_answer_to_a_probe(self) -> None:
        breaker = paused()
        breaker.give_back(ask(breaker, 5.0), UNKNOWN, 5.0)

        assert breaker.give_back(ask(breaker, 15.0), DONE, 15.0) == Ended()
        assert breaker.permit(15.0) is not None
        assert breaker.permit(15.0) is not None

    def test_clears_what_was_counted(self) -> None:
        breaker = Breaker()
        after("??+" * 25 + "?", breaker)
        breaker.give_back(ask(breaker, 5.0), DONE, 5.0)

        assert after("?" * 9 + "+" + "?" * 9, breaker, 5.0) is None
        assert after("?", breaker, 5.0) == Began(TEN)

    def test_lets_the_next_pause_begin_with_the_shortest_wait(self) -> None:
        breaker = paused()
        breaker.give_back(ask(breaker, 5.0), UNKNOWN, 5.0)
        breaker.give_back(ask(breaker, 15.0), DONE, 15.0)
        after("?" * IN_A_ROW, breaker, 20.0)

        assert breaker.wait(20.0) == FIRST_WAIT

    def test_does_not_let_what_began_before_the_pause_count_after_it(self) -> None:
        breaker = Breaker()
        late = [ask(breaker) for _ in range(50)]
        after("?" * IN_A_ROW, breaker)
        breaker.give_back(ask(breaker, 5.0), DONE, 5.0)

        assert {breaker.give_back(turn, UNKNOWN, 10.0) for turn in late} == {None}
        assert breaker.permit(10.0) is not None

    def test_comes_with_an_answered_look_up_where_nobody_waits_for_a_probe(self) -> None:
        breaker = paused()

        assert breaker.listed(FIRST_WAIT - 0.001) is None
        assert breaker.listed(FIRST_WAIT) == Ended()
        assert breaker.permit(FIRST_WAIT) is not None
        assert breaker.permit(FIRST_WAIT) is not None
        assert breaker.listed(FIRST_WAIT) is None

    def test_comes_with_no_look_up_where_somebody_waits(self) -> None:
        breaker = paused()
        breaker.permit(1.0)
        assert breaker.listed(100.0) is None

        probe = ask(breaker, 100.0)
        assert breaker.listed(100.0) is None
        breaker.give_back(probe, UNKNOWN, 100.0)
        assert breaker.listed(200.0) == Ended()

    def test_comes_with_a_look_up_where_who_waited_has_not_come_again(self) -> None:
        breaker = paused()
        breaker.permit(1.0)

        assert breaker.listed(1.0 + FORGOTTEN - 0.001) is None
        assert breaker.listed(1.0 + FORGOTTEN) == Ended()

    @pytest.mark.parametrize(
        ("story", "expected"), [("?", Began(TEN)), ("+" + "?" * 9, None), ("+?" * 20, None)]
    )
    def test_by_a_look_up_is_taken_back_by_the_next_unknown(
        self, story: str, expected: Change | None
    ) -> None:
        breaker = paused()
        breaker.listed(FIRST_WAIT)

        assert after(story, breaker, FIRST_WAIT) == expected


@dataclass
class Story:
    """Drives a breaker, and compares it with the rules said in another way."""

    breaker: Breaker = field(default_factory=Breaker)
    now: float = 0.0
    due: float | None = None
    """While it is paused: when the next probe may go."""
    pauses: int = 0
    wanted: float = -inf
    """When somebody last went without a turn, since the last probe."""
    counted: list[bool] = field(default_factory=list)
    """Since the last pause, oldest first: whether a request is unknown."""
    out: list[tuple[Permit, int | None]] = field(default_factory=list)
    """What is in flight, with the number of pauses before it; None for a probe."""

    @property
    def probing(self) -> bool:
        return any(pauses is None for _, pauses in self.out)

    def ask(self) -> None:
        may = self.due is None or (self.now >= self.due and not self.probing)
        turn = self.breaker.permit(self.now)
        assert (turn is not None) == may
        self.wanted = -inf if may else self.now
        if turn is not None:
            self.out.append((turn, self.pauses if self.due is None else None))

    def list(self) -> None:
        ends = self.due is not None and self.now >= self.due
        ends = ends and not self.probing and self.now - self.wanted >= FORGOTTEN
        assert self.breaker.listed(self.now) == (Ended() if ends else None)
        if ends:
            self.due, self.counted = None, [True] * (IN_A_ROW - 1)

    def hear(self, heard: Evidence, place: int) -> None:
        if not self.out:
            return
        turn, pauses = self.out.pop(place % len(self.out))
        change = self.breaker.give_back(turn, heard, self.now)
        if pauses is None:
            assert change == (Ended() if heard is DONE else None)
            self.due = None if change else self.now + self.breaker.wait(self.now)
        elif self.due is not None or pauses < self.pauses:
            assert change is None
        else:
            assert isinstance(change, Began) == self.too_many(heard)
        if isinstance(change, Began):
            self.due, self.pauses, self.counted = self.now + FIRST_WAIT, self.pauses + 1, []
            self.wanted = -inf

    def too_many(self, heard: Evidence) -> bool:
        if heard in (DONE, UNKNOWN):
            self.counted.append(heard is UNKNOWN)
        in_a_row = self.counted[-IN_A_ROW:] == [True] * IN_A_ROW
        return heard is UNKNOWN and (in_a_row or sum(self.counted[-LAST:]) > LAST / 2)


MOVES = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 30)),
    st.tuples(st.sampled_from([*ALL, *[UNKNOWN] * 6]), st.integers(1, 30)),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 40, 60])),
    st.tuples(st.just("list"), st.just(1)),
)


@given(st.lists(MOVES, min_size=20, max_size=60))
def test_whatever_happens_one_probe_is_out_at_most_and_only_when_it_is_due(
    moves: list[tuple[Evidence | str, int]],
) -> None:
    story = Story()
    for what, number in moves:
        if what == "wait":
            story.now += number
        for place in range(0 if what == "wait" else number):
            if isinstance(what, Evidence):
                story.hear(what, place)
            elif what == "list":
                story.list()
            else:
                story.ask()
            assert sum(pauses is None for _, pauses in story.out) <= 1
            assert 0 <= story.breaker.wait(story.now) <= LONGEST_WAIT
    event(f"{min(story.pauses, 3)} pauses")


class TestHurry:
    """What a pause's probe goes by is new: it need not wait."""

    def test_the_next_request_is_the_probe_whatever_one_that_is_out_shows(self) -> None:
        breaker = paused()
        out = ask(breaker, FIRST_WAIT)
        breaker.hurry(FIRST_WAIT)
        probe = ask(breaker, FIRST_WAIT)

        assert breaker.give_back(out, UNKNOWN, FIRST_WAIT) is None
        assert breaker.give_back(out, DONE, FIRST_WAIT) is None
        assert breaker.permit(FIRST_WAIT) is None
        assert breaker.give_back(probe, DONE, FIRST_WAIT) == Ended()

    def test_one_that_fails_waits_as_the_first_does(self) -> None:
        breaker = paused()
        for _ in range(5):
            breaker.give_back(ask(breaker, 1000.0), UNKNOWN, 0.0)
        breaker.hurry(1000.0)
        breaker.give_back(ask(breaker, 1000.0), UNKNOWN, 1000.0)

        assert breaker.wait(1000.0) == 2 * FIRST_WAIT

    def test_without_a_pause_it_changes_nothing(self) -> None:
        breaker = Breaker()
        breaker.hurry(0.0)

        assert not breaker.paused
        assert after("?" * IN_A_ROW, breaker) == Began(TEN)
