"""What publishers set that tells their events apart; values in, findings out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.routes import EMPTY
from smsherald.errors import UnusableError
from smsherald.flows import FlowBook, matches
from smsherald.model import Delivery, Event

MOST_KEYS = 30
"""Routing keys that have a line of their own."""

_NEARLY = 0.85
"""How much a key has in common with one that is misspelt; `order.paid` and `order.placed` less."""
_DIGEST = "body"
_RULES = {
    "setting": "the setting identity",
    "cloudevents": "CloudEvents source and id",
    "amqp": "app_id and message_id",
    "message": "message_id",
    "header": "the header id",
    "request": "request_id of its envelope",
}
"""In words, by the first part of an identity."""


@dataclass(slots=True)
class _Key:
    """What came with one routing key."""

    rules: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    """Of its events: one that comes again is no other."""
    unusable: Counter[str] = field(default_factory=Counter)
    weak: int = 0
    """Of those that only their body tells apart: with a message_id that is not unique alone."""


class Heard:
    """Collects what is heard; of an event it keeps nothing but its id.

    `decode` reads a delivery at a moment, as the daemon does; `flows` are those that want some.
    """

    def __init__(self, decode: Callable[[Delivery, float], Event], flows: FlowBook) -> None:
        self._decode = decode
        self._flows = flows
        self.count = 0
        """Deliveries; of what a daemon tells, events."""
        self._keys: defaultdict[str, _Key] = defaultdict(_Key)

    def take(self, delivery: Delivery, now: float) -> None:
        """Count it by what makes it the same event as another."""
        self.count += 1
        key = self._keys[delivery.routing_key]
        try:
            event = self._decode(delivery, now)
        except UnusableError as error:
            key.unusable[error.reason] += 1
            return
        if event.id in key.ids:
            return
        key.ids.add(event.id)
        rule = event.identity[0]
        key.rules[rule] += 1
        key.weak += rule == _DIGEST and bool(delivery.properties.get("message_id"))

    def told(self, identities: Mapping[str, Mapping[str, int]]) -> None:
        """Count what a daemon has read of late: the rules of its events, by routing key."""
        for name, rules in identities.items():
            self._keys[name].rules.update(rules)
            self.count += sum(rules.values())

    def findings(self, seconds: float) -> Iterator[Finding]:
        """Say a line for each routing key; `seconds` is how long was listened."""
        if not self._keys:
            yield Finding(
                Mark.UNSEEN,
                "publishers",
                f"nothing was published in {seconds:g} s on what the flows subscribe to",
                "try again when something is, or longer: --seconds",
            )
        unheard = self._unheard()
        for name, key in sorted(self._keys.items())[:MOST_KEYS]:
            if self._flows.bringing(name):
                yield from _of_key(name or EMPTY, key)
            else:
                yield _of_no_flow(name or EMPTY, key, unheard)
        if (more := len(self._keys) - MOST_KEYS) > 0:
            yield Finding(Mark.UNSEEN, "publishers", f"{more} more routing keys were heard")

    def _unheard(self) -> list[str]:
        """Return the patterns of flows by which nothing came, as far as one knows."""
        if len(self._keys) >= MOST_KEYS:
            # A daemon tells of no more, though there may have been.
            return []
        patterns = self._flows.keys | {pattern for _, pattern in self._flows.others}
        return sorted(
            pattern
            for pattern in patterns
            if not any(matches(pattern, name) for name in self._keys)
        )


def _of_no_flow(name: str, key: _Key, unheard: Sequence[str]) -> Finding:
    """Say that no flow wants a key, and for which one it may stand: one by which nothing came."""
    found = f"{_events(key.rules.total() + key.unusable.total())} that no flow wants"
    near = get_close_matches(name, unheard, 1, _NEARLY)
    if not near:
        return Finding(Mark.OK, name, f"{found}: ignored")
    return Finding(
        Mark.WARNING,
        name,
        f"{found}, and none came by {near[0]}, which a flow subscribes to",
        f"did you mean `subscribe: {name}`?",
    )


def _of_key(name: str, key: _Key) -> Iterator[Finding]:
    if key.unusable:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in key.unusable.most_common())
        yield Finding(
            Mark.WARNING,
            name,
            f"events that are parked: {reasons}",
            "smsherald explain REASON says what to do",
        )
    if by_body := key.rules[_DIGEST]:
        yield Finding(
            Mark.WARNING,
            name,
            f"{_events(by_body)} without an identity: two with the same body are one event, and "
            "the second is not texted",
            "let the publisher set app_id beside its message_id, or make that a UUID"
            if key.weak == by_body
            else "let the publisher set message_id to a UUID, or send CloudEvents",
        )
    rules = [rule for rule, _ in key.rules.most_common() if rule != _DIGEST]
    if rules:
        count = key.rules.total() - by_body
        words = ", ".join(_RULES.get(rule, rule) for rule in rules)
        yield Finding(Mark.OK, name, f"{_events(count)}, told apart by {words}")


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number:,} events"
