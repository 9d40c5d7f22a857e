"""From an event to the text of a flow file: what was found, and what was only guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smsherald.cli.flows.begin.event import numbers, people, phones
from smsherald.cli.flows.begin.event.flags import Flag, flags
from smsherald.cli.flows.begin.event.leaves import Leaf, spelled, words
from smsherald.cli.flows.begin.event.phones import Phones
from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.begin.event.subject import Subject, find_subject
from smsherald.cli.flows.begin.wording import is_shipment, wording
from smsherald.cli.flows.begin.yaml_text import block, quoted, scalar

SCHEMA_LINE = "# yaml-language-server: $schema="
_MOST_WAYS = 5
_MOST_SHOWN = 12
_LONGEST_NAME = 40
_NO_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the flow made of the event: a text, or why it made none."""

    to: str | None = None
    message: str | None = None
    parked: str | None = None
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Sketch:
    """A flow that could be written of an event."""

    origin: Origin
    subject: Subject
    phones: Phones
    name: people.Name | None
    number: Leaf | None
    locale: Leaf | None
    region: str | None
    """An expression."""
    flags: Sequence[Flag]
    message: str
    made_of: str
    """What the event was, for the first comment."""

    @property
    def has_phone(self) -> bool:
        """Whether there is anybody to text."""
        return bool(self.phones.ways)

    @property
    def is_of_several_countries(self) -> bool:
        """Whether `region` is of one address, and there is a number in one of another country."""
        if self.region is None:
            return False
        several = self.subject.leaves()
        places = [people.country(several, way) for way in self.phones.ways[:_MOST_WAYS]]
        return any(place is not None and spelled(place) != self.region for place in places)

    @property
    def has_no_country(self) -> bool:
        """Whether nothing in the event says in which country its number is one."""
        is_said = self.region is not None or self._says_its_country(self.phones.first)
        return self.subject.schema is None and not is_said

    def lines(self, fixture: Sequence[str], expected: Expected | None) -> Iterator[str]:
        """Write the flow; `fixture` is its test's event."""
        yield f"{SCHEMA_LINE}../.schema/flow.json"
        yield comment(f"{self.made_of} Your words are due in `message`.")
        yield from self._subscribe()
        yield from self._what()
        yield from self._when()
        yield from self._to()
        yield from self._text()
        yield "tests:"
        yield from fixture
        yield from _expect(expected)

    def _subscribe(self) -> Iterator[str]:
        origin = self.origin
        members = {
            name: value
            for name, value in (
                ("exchange", origin.exchange),
                ("key", origin.key),
                ("type", origin.type),
            )
            if value is not None
        }
        if origin.guessed is not None:
            yield comment(f"A guess, {origin.guessed}: does the publisher call it so?")
        if members.keys() == {"key"} and origin.key:
            yield f"subscribe: {scalar(origin.key)}"
        else:
            yield "subscribe:"
            yield from block(members, 2)

    def _what(self) -> Iterator[str]:
        subject = self.subject
        if subject.unwrap is not None:
            name = subject.schema or "data"
            yield f"unwrap: {scalar_of(subject.unwrap)}   # what the event is about: `{name}` below"
        if subject.schema is not None:
            yield f"schema: {subject.schema}"

    def _when(self) -> Iterator[str]:
        held = [flag.condition for flag in self.flags if flag.holds]
        if held:
            yield f"when: {scalar_of(' and '.join(held))}"
        for flag in self.flags:
            if not flag.holds:
                yield comment(f"when: {flag.condition}   # this event says no")

    def _to(self) -> Iterator[str]:
        ways = self.phones.ways[:_MOST_WAYS]
        if not ways:
            yield "# No phone number is in the event, as far as its keys and values tell. It has:"
            yield from _named(self.subject.leaves())
            root = spelled(self.subject.root)
            yield f"to:   # the number's place is due, such as {{{{ {root}.phone }}}} in quotes"
            return
        for other in self.phones.others[:_MOST_WAYS]:
            yield comment(f"Not taken, it may be somebody else's: {spelled(other.path)}")
        if self.phones.by_shape:
            yield "# A guess: only its shape says that it is a phone number, no key does."
        if len(ways) == 1:
            yield f"to: {self._number(ways[0])}"
        else:
            yield "to:   # the first that is a number"
            yield from (f"  - {self._number(way)}" for way in ways)
        if any(isinstance(step, int) for way in ways for step in way.path):
            yield "# Only the first of a list is texted; `to_each:` makes an SMS for each."
        if self.is_of_several_countries:
            yield "# For all of them; `schema: order` reads each in the country of its own address."
        if self.region is not None:
            yield f"region: {quoted(f'{{{{ {self.region} }}}}')}   # of numbers without a country"
        elif self.has_no_country:
            yield "# Its number has no country: `default_region` of the settings is taken for it."

    def _number(self, way: Leaf) -> str:
        """Write a number, with the calling code that stands beside it."""
        code = phones.calling_code(self.subject.leaves(), way)
        if code is None:
            return _template(way)
        plus = "" if str(code.value).strip().startswith("+") else "+"
        return quoted(f"{plus}{{{{ {spelled(code.path)} }}}}{{{{ {spelled(way.path)} }}}}")

    def _says_its_country(self, leaf: Leaf | None) -> bool:
        return _is_international(leaf) or (
            leaf is not None and phones.calling_code(self.subject.leaves(), leaf) is not None
        )

    def _text(self) -> Iterator[str]:
        if self.locale is None:
            yield "message: >-"
            yield f"  {self.message}"
        else:
            yield f"locale: {_template(self.locale)}"
            yield "message:   # the first is for everybody whose language is not here"
            yield "  en: >-"
            yield f"    {self.message}"
        if self.number is not None:
            yield f"reference: {_template(self.number)}   # what support searches by"


def sketch(event: Any, origin: Origin, made_of: str) -> Sketch:
    """Find in an event's body what a flow needs."""
    subject = find_subject(event)
    several = subject.leaves()
    found = phones.find(several, billing_first=subject.schema == "order")
    first = found.first
    locale = people.language(several)
    if subject.schema == "sms":
        to = Phones((Leaf(("sms", "phone"), subject.value.get("phone")),))
        return Sketch(
            origin, subject, to, None, None, locale, None, (), "{{ sms.message }}", made_of
        )
    name, number = people.name(several, first), numbers.number(several)
    called = f"{origin.word} {subject.schema or ''}"
    parcel = numbers.tracking(several) if is_shipment(called) else None
    if subject.schema == "shipment":
        # Where there is only `order_id`, the schema fills it in.
        number = Leaf(("shipment", "order_number"), "")
    place = None if subject.schema is not None else people.country(several, first)
    return Sketch(
        origin=origin,
        subject=subject,
        phones=found,
        name=name,
        number=number or (parcel if parcel and not str(parcel.value).startswith("http") else None),
        locale=locale,
        region=None if place is None else spelled(place),
        flags=flags(several),
        message=wording(
            called,
            None if name is None else name.template,
            number if number is not None and numbers.is_short(number.value) else None,
            parcel,
        ),
        made_of=made_of,
    )


def file_name(origin: Origin) -> str:
    """Return a flow's name for a route: `order-created` of `com.shop.Order_Created`."""
    last = re.split(r"[.:/\\]", origin.word)[-2:]
    several = [word for part in last for word in words(part)]
    # A namespace before a name of several words says nothing more.
    if len(words(last[-1])) > 1:
        several = list(words(last[-1]))
    text = _NO_LETTERS.sub("-", "-".join(several).lower()).strip("-")
    return text[:_LONGEST_NAME].strip("-") or "first"


def scalar_of(expression: str) -> str:
    """Write an expression; quotes only where it needs some."""
    return (
        expression if re.fullmatch(r"[A-Za-z][\w.\[\]| !=()]*", expression) else quoted(expression)
    )


def comment(text: str) -> str:
    """Write a comment; what an event calls its keys cannot end it."""
    return f"# {''.join(sign if sign.isprintable() else '?' for sign in text)}"


def _template(leaf: Leaf) -> str:
    return quoted(f"{{{{ {spelled(leaf.path)} }}}}")


def _named(several: Sequence[Leaf]) -> Iterator[str]:
    for leaf in several[:_MOST_SHOWN]:
        yield comment(f"  {spelled(leaf.path)}")
    if len(several) > _MOST_SHOWN:
        yield f"#   and {len(several) - _MOST_SHOWN} more"


def _is_international(leaf: Leaf | None) -> bool:
    return leaf is not None and str(leaf.value).strip().startswith("+")


def _expect(expected: Expected | None) -> Iterator[str]:
    if expected is None:
        yield "    expect:"
        yield '      to: "+15558675309"'
    elif expected.parked is not None:
        yield f"    expect: {{ parked: {expected.parked} }}"
    elif expected.ignored:
        yield "    expect: { ignored: true }"
    else:
        yield "    expect:"
        yield f"      to: {quoted(expected.to or '')}"
        yield f"      message: {scalar(expected.message)}"
