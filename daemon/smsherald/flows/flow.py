"""A flow as a value: which events it wants, and what it makes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smsherald.errors import Reason
from smsherald.events.schemas import EventSchema
from smsherald.flows.language.template import Condition, Each, Template, Unwrap
from smsherald.flows.recipient import Way
from smsherald.flows.route import Route
from smsherald.flows.shape import PLAIN, Shape
from smsherald.flows.topics import words
from smsherald.model import Account, Json, OnUnknown

_ANYWHERE = Route()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a flow test wants to see of an SMS; None asks nothing about that part."""

    to: str | None
    message: str | None
    sender: str | None
    skipped: Reason | None = None
    """Why it is kept back; None: it goes out, or its flow is tried in shadow."""
    reference: str | None = None
    account: str | None = None
    segments: int | None = None
    published: str | None = None
    """The routing key of the event that is published in its place."""


@dataclass(frozen=True, slots=True)
class FlowTest:
    """One of a flow's own tests: an event, and what must come of it."""

    event: Json | list[Any] | None
    """The body; None: it is in a file."""
    route: Route
    """Where a bare body comes from; its key is the event's routing key, its type a name of the
    event's."""
    expect: tuple[Expectation, ...]
    """The SMSes, in their order; none where the flow makes nothing of the event."""
    parked: Reason | None
    """Why the flow cannot make an SMS, or one of them."""
    index: int
    """Its place among the flow's tests, from 0: where its failure is reported."""
    name: str | None = None
    file: str | None = None
    """Where the body is, or a recorded event: a path, which counts from the flow's own file."""
    said: Route = _ANYWHERE
    """What the test itself says of where its event comes from: of a recorded one the rest holds."""
    headers: Json = field(default_factory=dict)
    properties: Json = field(default_factory=dict)
    """AMQP's, by their names, without `headers`; `timestamp` in seconds since the epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Makes SMSes of each event that it subscribes to: at most one, or one for each of a list.

    Two flows are never equal: which flows want a routing key is remembered by the flow itself.
    """

    id: str
    subscribe: tuple[Route, ...]
    schema: EventSchema | None
    """Without one, templates see the body as it came, in `event.body`."""
    when: Condition | None
    to_each: Each | None
    """Makes an SMS of each element of a list, which the templates below see as `item`."""
    to: tuple[Way, ...]
    """Ways to the recipient's number: the first that leads to one."""
    messages: Mapping[str, Template]
    """By locale; the first is for events of no or of another locale."""
    locale: Template | None
    """Lenient."""
    reference: Template | None
    account: Account
    sender: Template | None
    """Lenient; what the account does not own gives way to the account's own sender."""
    default_region: str
    """Of national numbers that stand in no country's address: two letters, ISO 3166."""
    max_age: float | None
    """Seconds from the event's time until its text is no longer sent; None: it always is."""
    on_unknown: OnUnknown
    unwrap: Unwrap | None = None
    """Finds the object that the schema loads; without a schema templates see it as `data`."""
    region: Template | None = None
    """Lenient; says the country of national numbers that stand in no country's address."""
    once: Template | None = None
    """What an SMS is to be sent once for, to each recipient, whichever events say it."""
    shape: Shape = PLAIN
    media: tuple[Template, ...] = ()
    """Lenient links: one that is missing is left out."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else Twilio is told, by Twilio's names of parameters."""
    consent: Condition | None = None
    """Whether the recipient has agreed to marketing; None: it is none."""
    shadow: bool = False
    """Everything but the request to Twilio."""
    publish: str | None = None
    """The routing key of the event that is published in place of an SMS."""
    tests: tuple[FlowTest, ...] = ()


def matches(pattern: str, routing_key: str) -> bool:
    """Say whether an AMQP topic pattern wants a routing key.

    Words are separated by dots; `*` stands for exactly one of them, `#` for any number, none
    included (AMQP 0-9-1, topic exchange). Takes time by the product of both lengths at worst.
    """
    wanted = words(pattern)
    places = _past_hashes(wanted, {0})
    for word in words(routing_key):
        stay = {place for place in places if wanted[place : place + 1] == ["#"]}
        step = {place + 1 for place in places if wanted[place : place + 1] in (["*"], [word])}
        places = _past_hashes(wanted, stay | step)
    return len(wanted) in places


def _past_hashes(wanted: list[str], places: set[int]) -> set[int]:
    """Add the places that are reached where a `#` stands for no word."""
    for place, word in enumerate(wanted):
        if word == "#" and place in places:
            places = places | {place + 1}
    return places
