"""Flags by which publishers say that nobody shall be texted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smsherald.cli.flows.begin.event.leaves import Leaf, joined, spelled

_TRUE_MEANS_NO = frozenset(
    {"test", "testmode", "istest", "sandbox", "issandbox", "dryrun", "nonotification",
     "nonotifications", "donotnotify", "silent", "suppressnotification", "suppressnotifications",
     "smsoptout", "optout", "optedout", "smsoptedout", "donottext", "donotcontact", "unsubscribed",
     "smsunsubscribed"}
)  # fmt: skip
_FALSE_MEANS_NO = frozenset(
    {"livemode", "notifycustomer", "sendnotification", "sendnotifications", "notify", "sendsms",
     "smsoptin", "smsoptedin", "smsconsent", "acceptssms", "allowsms", "smsallowed", "receivesms",
     "smsenabled", "smsnotifications"}
)  # fmt: skip
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition that lets an event through, and whether it lets this one."""

    condition: str
    holds: bool


def flags(several: Sequence[Leaf]) -> list[Flag]:
    """Find them; a condition reads a missing flag as leave to text."""
    found = []
    for leaf in several:
        if not isinstance(leaf.value, bool) or leaf.depth > _DEEPEST + 1:
            continue
        path, key = spelled(leaf.path), joined(leaf.key)
        if key in _TRUE_MEANS_NO:
            found.append(Flag(f"not {path}", not leaf.value))
        elif key in _FALSE_MEANS_NO:
            found.append(Flag(f"{path} != false", leaf.value))
    return found
