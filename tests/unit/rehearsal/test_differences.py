"""What is not the same in two configurations, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.model import Asked, Segments
from smsherald.rehearsal import Fate, differences

ASKED = Asked("x", "ACx", "S", "+1", "Hi", Segments("gsm7", 1))


def fate(
    flow: str | None = "a", outcome: str = "sent", reason: str | None = None, **asked: Any
) -> Fate:
    """Return a fate; what is no part of one is asked of Twilio."""
    return Fate(flow, outcome, reason, asked=replace(ASKED, **asked))


def parked(flow: str | None, reason: str) -> Fate:
    return Fate(flow, "parked", reason, "some detail")


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ([], [], []),
        ([fate()], [fate()], []),
        ([fate()], [], [("only_here",)]),
        ([], [parked("a", "bad_number")], [("only_there",)]),
        ([fate(text="Ho")], [fate()], [("text",)]),
        ([fate(to="+2")], [fate()], [("to",)]),
        ([fate(to="+2", text="Ho", sender="T")], [fate()], [("to", "text", "from")]),
        ([fate(account="y")], [fate()], [("account",)]),
        ([fate()._replace(media=("https://a",))], [fate()], [("media",)]),
        ([fate(outcome="skipped", reason="denied")], [fate()], [("outcome", "reason")]),
        ([fate()], [parked("a", "bad_number")], [("outcome", "reason")]),
        ([parked("a", "bad_number")], [parked("a", "missing_value")], [("reason",)]),
        # A detail is in words.
        ([parked(None, "not_json")], [parked(None, "not_json")._replace(detail="other")], []),
        (
            [fate(outcome="published")._replace(detail="sms.a")],
            [fate(outcome="published")._replace(detail="sms.b")],
            [("publish",)],
        ),
        # The order is the flows', by name.
        ([fate("a"), fate("b", text="Ho")], [fate("b", text="Ho"), fate("a")], []),
        ([fate("a")], [fate("b")], [("flow",)]),
        ([fate("a")], [fate("b", text="Ho")], [("only_here",), ("only_there",)]),
        # What comes again is not sent.
        ([fate(outcome="duplicate", text="Ho")], [fate(outcome="duplicate")], []),
        ([fate(outcome="duplicate", reason="denied")], [fate(outcome="duplicate")], []),
        ([fate("a", "duplicate")], [fate("b", "duplicate")], [("flow",)]),
        ([fate(outcome="duplicate")], [fate()], [("outcome",)]),
        # Of several recipients one is another, be they in whatever order.
        (
            [fate(to="+1"), fate(to="+2")],
            [fate(to="+3"), fate(to="+1")],
            [("to",)],
        ),
        ([fate(to="+1"), fate(to="+2")], [fate(to="+2")], [("only_here",)]),
    ],
)
def test_what_differs(here: list[Fate], there: list[Fate], expected: list[tuple[str, ...]]) -> None:
    assert [each.what for each in differences(here, there)] == expected


_fates = st.lists(
    st.builds(
        fate,
        st.sampled_from("ab"),
        st.sampled_from(["sent", "duplicate", "skipped"]),
        to=st.sampled_from(["+1", "+2"]),
        text=st.sampled_from(["Hi", "Ho"]),
    )
    | st.builds(parked, st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y"])),
    max_size=5,
)


@given(st.data())
def test_in_another_order_each_finds_its_counterpart(data: st.DataObject) -> None:
    fates = data.draw(_fates)
    shuffled = data.draw(st.permutations(fates))
    found = differences(fates, shuffled)
    assert not {"only_here", "only_there"} & {what for each in found for what in each.what}


@given(_fates, _fates)
def test_each_sms_is_in_one_difference_or_has_its_like(here: list[Fate], there: list[Fate]) -> None:
    found = list(differences(here, there))
    in_here = Counter(id(each.here) for each in found if each.here)
    in_there = Counter(id(each.there) for each in found if each.there)
    assert max([*in_here.values(), *in_there.values()], default=1) == 1
    # What is in none stands against what is in none of the other side.
    assert len(here) - len(in_here) == len(there) - len(in_there)


@given(_fates, _fates)
def test_nothing_differs_only_of_what_goes_out_alike(here: list[Fate], there: list[Fate]) -> None:
    def sent(fates: list[Fate]) -> Counter[tuple[object, ...]]:
        return Counter((it.flow, it.asked) for it in fates if it.outcome == "sent")

    if not list(differences(here, there)):
        assert sent(here) == sent(there)
