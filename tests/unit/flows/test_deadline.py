"""A template that takes too long is stopped: all other events wait while it runs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import Condition, Each, FlowBook, Template, make
from smsherald.flows.deadline import FLOW, TooSlowError
from smsherald.flows.filters import LONGEST_WORDS
from support.shop import event, flow, ways

MANY = list(range(500))
LONG = "Ab é" * 200_000
TOO_SLOW = "message: the template takes longer than 50 ms"
NESTED = "{% for a in event.body.many %}{% for b in event.body.many %}"
ENDS = "{% endfor %}{% endfor %}"


class Counted(str):
    """Counts how often it was put in capitals."""

    __slots__ = ()
    times = 0

    def upper(self) -> str:
        Counted.times += 1
        return super().upper()


class Sleepy(str):
    """Lets others have the processor for a while, as a process does that is stopped."""

    __slots__ = ()

    def upper(self) -> str:
        time.sleep(0.06)
        return "UP"


def view(**body: Any) -> dict[str, Any]:
    return {"event": {"body": {"many": MANY, "long": LONG, "words": [""] * 300_000, **body}}}


def refused(source: str, **body: Any) -> UnusableError:
    with pytest.raises(UnusableError) as raised:
        Template(source).render(view(**body), "message")
    return raised.value


@pytest.mark.parametrize(
    "work",
    [
        pytest.param("{{ event.body.long | upper | truncate(1) }}", id="a filter"),
        pytest.param("{{ event.body.long | lower | upper | length }}", id="filters on filters"),
        pytest.param("{{ event.body.long | replace('é', 'e') | first }}", id="a replacement"),
        pytest.param("{{ event.body.long | split('é') | length }}", id="a split"),
        pytest.param("{{ event.body.words | join | truncate(1) }}", id="a join"),
        pytest.param("{% if 'x' in event.body.long %}{% endif %}", id="a search in a text"),
        pytest.param("{% if 'x' in event.body.words %}{% endif %}", id="a search in a list"),
        pytest.param("{% if event.body.x is defined %}{% endif %}", id="a read"),
        pytest.param("{% if 7 * 7 == 8 %}{% endif %}", id="a calculation"),
        pytest.param("", id="nothing at all"),
    ],
)
def test_a_loop_in_a_loop_is_stopped_whatever_it_does(work: str) -> None:
    # A step that does nothing takes so little that it wants a third loop.
    inner = work or "{% if [1, 2, 3, 4, 5, 6, 7, 8] == [1, 2, 3, 4, 5, 6, 7, 9] %}{% endif %}"
    error = refused(NESTED + inner * 20 + ENDS)

    assert (error.reason, error.detail) == (Reason.INVALID_VALUE, TOO_SLOW)


def test_a_loop_that_chooses_is_stopped_where_it_chooses_nothing() -> None:
    source = (
        "{% for a in event.body.many %}{% for b in event.body.many "
        "if event.body.long | upper == 'x' %}{% endfor %}{% endfor %}"
    )

    assert refused(source).detail == TOO_SLOW


def test_it_is_stopped_and_not_only_refused_when_it_is_over() -> None:
    Counted.times = 0
    refused(NESTED + "{{ event.body.text | upper | truncate(1) }}" + ENDS, text=Counted(LONG))

    assert 0 < Counted.times < 500


def test_it_is_stopped_before_its_text_is_too_long() -> None:
    error = refused(NESTED + "{{ event.body.long | upper | truncate(1) }}" + ENDS)

    assert error.reason is Reason.INVALID_VALUE


@pytest.mark.parametrize("name", ["title", "unescape", "urlencode"])
def test_what_goes_through_a_text_letter_by_letter_takes_no_long_one(name: str) -> None:
    assert refused(f"{{{{ event.body.long | {name} | truncate(1) }}}}").detail == (
        f"message: the filter {name} cannot take this value"
    )
    longest = "a" * LONGEST_WORDS
    rendered = Template(f"{{{{ event.body.long | {name} | length }}}}").render(
        view(long=longest), "message"
    )
    assert rendered == str(LONGEST_WORDS)


def test_a_condition_and_a_list_are_stopped_too() -> None:
    slow = f"[{', '.join(['event.body.long | lower | upper | first'] * 90)}]"
    with pytest.raises(TooSlowError, match="when: the template takes longer than 50 ms"):
        Condition(f"{slow} == []").holds(view())
    with pytest.raises(TooSlowError, match="to_each: the template takes longer than 50 ms"):
        Each(slow).items(view())


def test_one_that_only_had_to_wait_for_the_processor_is_not_slow() -> None:
    text = Template("{% for a in [1, 2, 3] %}{{ event.body.text | upper }}{% endfor %}")

    assert text.render(view(text=Sleepy("up")), "message") == "UPUPUP"


def test_a_template_has_all_its_time_whatever_the_one_before_took() -> None:
    refused(NESTED + "{{ event.body.long | upper | truncate(1) }}" + ENDS)

    assert Template("{{ event.body.long | upper | truncate(3) }}").render(view(), "message") == (
        "..."
    )


class TestFlow:
    """What a flow makes of one event is bounded as a whole."""

    SLOW = (
        "{% for a in event.body.many %}{% for b in event.body.many %}{% endfor %}{% endfor %}"
        "Hi {{ item }}"
    )
    READS = "{% if event.body.many[0] == 1 %}{% endif %}" * 20
    PEOPLE = tuple(f"+155586753{n:02}" for n in range(100))

    def test_a_slow_template_parks_the_event_for_its_flow_alone(self) -> None:
        slow = flow(messages={"": Template(NESTED + self.READS + ENDS)})
        body = {
            "many": MANY,
            "number": "R1",
            "billing_address": {"phone": "+15558675309"},
        }
        made = make(event(body), FlowBook([slow, flow(id="quick")]))

        assert [sms.flow for sms in made.smses] == ["quick"]
        [defect] = made.defects
        assert (defect.flow, defect.reason) == ("order-created", Reason.INVALID_VALUE)
        assert defect.detail == TOO_SLOW

    def test_a_way_to_a_number_that_is_too_slow_is_not_passed_over(self) -> None:
        slow = flow(schema=None, to=ways(NESTED + self.READS + ENDS, "+15558675309"))
        made = make(event({"many": MANY}), FlowBook([slow]))

        assert made.smses == ()
        assert "the template takes longer than 50 ms" in made.defects[0].detail

    def test_many_recipients_do_not_make_many_times_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # On a busy machine the first could be too slow by itself.
        monkeypatch.setattr("smsherald.flows.deadline.TEMPLATE", FLOW)
        slow = flow(
            schema=None,
            to_each=Each("event.body.people"),
            to=ways("{{ item }}"),
            messages={"": Template(self.SLOW)},
        )
        made = make(event({"many": MANY[:200], "people": self.PEOPLE}), FlowBook([slow]))

        number = len(made.smses)
        assert 0 < number < 100
        assert [sms.asked.to for sms in made.smses] == list(self.PEOPLE[:number])
        [defect] = made.defects
        assert defect.detail.startswith(f"to_each[{number}]: ")
        assert " longer than " in defect.detail
        assert defect.detail.endswith(", [99]")
        assert "+1555" not in defect.detail

    def test_many_recipients_of_a_quick_one_are_all_texted(self) -> None:
        quick = replace(
            flow(schema=None, to=ways("{{ item }}"), messages={"": Template("Hi {{ item }}")}),
            to_each=Each("event.body.people"),
        )
        made = make(event({"people": self.PEOPLE}), FlowBook([quick]))

        assert [sms.asked.to for sms in made.smses] == list(self.PEOPLE)
