"""What became of many events, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smsherald.model import Asked, Segments
from smsherald.rehearsal import Fate, Seen, Tally
from smsherald.rehearsal.tally import KEYS, OTHER_KEYS
from smsherald.sms import Money, Prices

PRICES = Prices({"+1": Money.of("0.0079 USD"), "+44": Money.of("0.04 GBP")})
AT = 1_767_225_600.0


def sent(to: str, segments: int = 1, flow: str = "a", outcome: str = "sent") -> Fate:
    asked = Asked("x", "ACx", "S", to, "Hi", Segments("gsm7" if segments < 3 else "ucs2", segments))
    return Fate(flow, outcome, asked=asked)


def seen(
    *fates: Fate, outcome: str = "handled", key: str = "a", subscribed: bool = True, **more: Any
) -> Seen:
    return Seen(None, key, outcome, subscribed, fates, **more)


def tally(*events: Seen, at: Sequence[float] = ()) -> Tally:
    """Count events, each in a line of its own, at these times or a second apart."""
    on = Tally(PRICES)
    for line, one in enumerate(events, 1):
        on.add(line, one, at[line - 1] if at else AT + line)
    return on


def test_money_is_exact_each_currency_for_itself_and_what_has_no_price_is_counted() -> None:
    on = tally(
        seen(sent("+1205"), sent("+447", 3)), *[seen(sent("+1206", 2))] * 10, seen(sent("+49"))
    )
    assert on.sent.money == (Money.of("0.12 GBP"), Money.of("0.1659 USD"))
    assert (on.sent.smses, on.sent.segments, on.sent.unpriced) == (13, 25, 1)
    assert on.sent.encodings == {"gsm7": 12, "ucs2": 1}
    assert on.flows["a"].sent == on.sent
    assert (len(on.numbers), max(on.numbers.values())) == (4, 10)


def test_only_what_goes_out_costs() -> None:
    others = [sent("+1", outcome=word) for word in ("duplicate", "skipped", "parked", "published")]
    on = tally(seen(*others))
    assert (on.sent.smses, on.sent.money, on.numbers, on.busiest) == (0, (), {}, None)
    assert (on.again, on.flows["a"].published) == (1, 1)
    assert (on.total("skipped"), on.total("parked")) == (1, 1)


def test_each_reason_has_its_first_line() -> None:
    bad = Fate("a", "parked", "bad_number", "to: has no digits")
    on = tally(seen(sent("+1")), seen(bad), seen(bad._replace(detail="other")))
    met = on.flows["a"].parked["bad_number"]
    assert (met.line, met.times, met.detail) == (2, 2, "to: has no digits")


def test_the_busiest_minute_is_the_first_of_equal_ones() -> None:
    texts = [seen(sent("+1", 2))] * 5
    on = tally(*texts, at=[AT + 130, AT + 10, AT + 59.9, AT + 125, AT + 300])
    assert on.busiest == (AT, 2, 4)
    assert (on.first, on.last) == (AT + 10, AT + 300)


def test_what_a_flow_published_is_no_event_of_the_recording() -> None:
    on = tally(seen(), seen(sent("+1"), published=True))
    assert (on.events, on.published, on.sent.smses) == (1, 1, 1)


def test_routing_keys_of_strangers_fill_no_memory() -> None:
    many = [seen(outcome="ignored", key=f"k{n}", subscribed=False) for n in range(KEYS + 7)]
    on = tally(*many, *many, seen(outcome="ignored", key="k"))
    assert len(on.unknown) == KEYS + 1
    assert on.unknown[OTHER_KEYS].times == 14
    assert on.unwanted.keys() == {"k"}


_events = st.lists(
    st.builds(
        lambda fates: seen(*fates),
        st.lists(
            st.builds(
                sent,
                st.sampled_from(["+1205", "+447", "+49"]),
                st.integers(1, 4),
                st.sampled_from("ab"),
                st.sampled_from(["sent", "skipped", "duplicate", "parked"]),
            ),
            max_size=4,
        ),
    ),
    max_size=20,
)


@given(_events)
def test_the_flows_add_up_to_all(events: list[Seen]) -> None:
    on = tally(*events)
    flows = [flow.sent for flow in on.flows.values()]
    assert sum(each.smses for each in flows) == on.sent.smses == on.numbers.total()
    assert sum(each.segments for each in flows) == on.sent.segments
    assert sum(each.unpriced for each in flows) == on.sent.unpriced
    ended = on.sent.smses + on.again + on.total("skipped") + on.total("parked")
    assert ended == sum(len(each.fates) for each in events)
