"""Whom an operator lets be texted: numbers, countries, prefixes."""

from __future__ import annotations

from collections.abc import Iterable

from smsherald.errors import Reason
from smsherald.sms import countries, country


class Rules:
    """`allow` are numbers (E.164) and countries (ISO 3166), `deny` prefixes (`+44`) and countries.

    Without `allow` everybody may be texted who is not denied. No country is worked out unless a
    rule is about one.
    """

    __slots__ = ("_allowed", "_denied", "_homes", "_only", "_prefixes")

    def __init__(self, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> None:
        self._allowed, self._homes = _split(allow)
        prefixes, self._denied = _split(deny)
        self._prefixes = tuple(prefixes)
        self._only = bool(self._allowed or self._homes)

    def refuse(self, number: str) -> Reason | None:
        """Say why a number may not be texted; None where it may."""
        if self._prefixes and number.startswith(self._prefixes):
            return Reason.DENIED
        # Who may be there is not texted; who is let in for a country counts for it.
        if self._denied and not self._denied.isdisjoint(countries(number)):
            return Reason.DENIED
        if not self._only or number in self._allowed:
            return None
        if self._homes and country(number) in self._homes:
            return None
        return Reason.NOT_ALLOWED


def _split(rules: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what begins with `+`, and the countries."""
    every = frozenset(rules)
    digits = frozenset(rule for rule in every if rule.startswith("+"))
    return digits, every - digits
