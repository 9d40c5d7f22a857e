"""What is published, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from support.publishing import Publication

ROUTING_KEY = "ordeal.text"
TEXT_FLOW, COPY_FLOW, EACH_FLOW = "ordeal-text", "ordeal-copy", "ordeal-each"
_FLOWS = {
    TEXT_FLOW: f"""\
subscribe: {ROUTING_KEY}
to: "{{{{ event.body.to }}}}"
message: "{{{{ event.body.text }}}} [VERSION]"
reference: "{{{{ event.body.name }}}}"
""",
    COPY_FLOW: f"""\
subscribe: {ROUTING_KEY}
when: event.body.copied
to: "{{{{ event.body.to }}}}"
on_unknown: hold
message: "{{{{ event.body.text }}}} (copy) [VERSION]"
reference: "{{{{ event.body.name }}}}"
""",
    EACH_FLOW: f"""\
subscribe: {ROUTING_KEY}
to_each: event.body.others
to: "{{{{ item.to }}}}"
message: "{{{{ event.body.text }}}} (others) [VERSION]"
reference: "{{{{ item.name }}}}"
""",
}
"""The flows by their ids: every event is wanted by the first, some by another too.

What becomes unknown of the second is held until a person decides.
"""

NO_MOBILE = "+15005550009"
"""Twilio's magic number that is refused for good (21614)."""
COPIED, REFUSED, PAIRED, SHARED = 0.10, 0.05, 0.05, 0.05
"""Shares of the events: wanted by the second flow too, refused by Twilio, the first of two equal
texts, with other recipients."""
OTHERS = 4
"""So many other recipients the third flow texts, where there are any."""
TEXTS_EACH = 20
"""So many texts go to the same number: a look-up must find the right one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One SMS; `reference` names its event (and recipient), and its flow what Twilio must have.

    `text` is that of every version of the flow, without the version.
    """

    flow: str
    reference: str
    to: str
    text: str
    outcome: str
    """`sms.sent`, or `sms.failed` where Twilio refuses the number."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An event, and the SMSes that it makes."""

    publication: Publication
    wanted: tuple[Wanted, ...]


def flows(version: int) -> dict[str, str]:
    """Return the files of the flows by their ids; of another version, their texts differ by it."""
    return {flow: text.replace("VERSION", str(version)) for flow, text in _FLOWS.items()}


def unversioned(text: str) -> tuple[str, int]:
    """Return a text as it was wanted, and the version of the flow that made it."""
    wanted, _, version = text.rpartition(" [")
    return wanted, int(version.removesuffix("]"))


def plan(events: int, chance: Random) -> list[Planned]:
    """Return so many events; of two with equal texts one follows the other."""
    return list(_plan(events, chance))


def _plan(events: int, chance: Random) -> Iterator[Planned]:
    number = 0
    while number < events:
        fate = chance.random()
        to = f"+1205{5_550_000 + number % max(1, events // TEXTS_EACH):07d}"
        text = f"Text {number}"
        if fate < PAIRED and number + 1 < events:
            yield _planned(f"e{number}", to, text)
            yield _planned(f"e{number + 1}", to, text)
            number += 2
            continue
        if fate < PAIRED + REFUSED:
            yield _planned(f"e{number}", NO_MOBILE, text)
        else:
            copied = fate < PAIRED + REFUSED + COPIED
            others = OTHERS if not copied and fate < PAIRED + REFUSED + COPIED + SHARED else 0
            yield _planned(f"e{number}", to, text, copied=copied, others=others)
        number += 1


def _planned(name: str, to: str, text: str, *, copied: bool = False, others: int = 0) -> Planned:
    outcome = "sms.failed" if to == NO_MOBILE else "sms.sent"
    wanted = [Wanted(TEXT_FLOW, name, to, text, outcome)]
    if copied:
        wanted.append(Wanted(COPY_FLOW, name, to, f"{text} (copy)", outcome))
    # Another area code makes another number.
    each = [{"name": f"{name}-{i}", "to": f"+1{206 + i}{to[5:]}"} for i in range(others)]
    wanted += [Wanted(EACH_FLOW, it["name"], it["to"], f"{text} (others)", outcome) for it in each]
    body = {"name": name, "to": to, "text": text, "copied": copied, "others": each}
    return Planned(Publication(ROUTING_KEY, body, name, "ordeal"), tuple(wanted))
