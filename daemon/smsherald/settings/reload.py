"""What of the settings is taken anew while the daemon runs, and what waits for a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from smsherald.settings.values import Settings

RELOADED = frozenset(
    {
        # The daemon never asks there: there is nothing to restart it for.
        "broker.management",
        "default_region",
        "identity",
        "ledger.on_unknown",
        "log.level",
        "policy.allow",
        "policy.deny",
        "prices",
        "retry.max_age",
        "time_zone",
        "twilio.accounts",
        "twilio.decisions",
        "twilio.default_account",
    }
)
"""The names of what is: the log's level, who may be texted, what tells events
apart, whom Twilio is asked by, what its
codes mean, and all that flows are made of.

Everything else is what parts were made with when the daemon started.
"""

_IN_ONE_PIECE = {"http.host": "http.listen", "http.port": "http.listen"}


def merged(old: Settings, new: Settings) -> Settings:
    """Return what holds after a reload: of `new` what is taken anew, of `old` all the rest."""
    sections: dict[str, Any] = {}
    for name in sorted(RELOADED):
        section, _, key = name.partition(".")
        value = getattr(new, section)
        if key:
            value = replace(
                sections.get(section, getattr(old, section)), **{key: getattr(value, key)}
            )
        sections[section] = value
    return replace(old, **sections)


def waiting(old: Settings, new: Settings) -> tuple[str, ...]:
    """Return the names of the settings that differ and keep their old values until a restart.

    One that follows from another, such as `broker.prefetch`, is named beside it.
    """
    before, after = dict(_named(old)), dict(_named(new))
    differ = (name for name, value in before.items() if after[name] != value)
    names = (_IN_ONE_PIECE.get(name, name) for name in differ if name not in RELOADED)
    return tuple(dict.fromkeys(names))


def _named(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield every setting with its name."""
    for section in fields(settings):
        value = getattr(settings, section.name)
        if not is_dataclass(value):
            yield section.name, value
            continue
        for key in fields(value):
            yield f"{section.name}.{key.name}", getattr(value, key.name)
