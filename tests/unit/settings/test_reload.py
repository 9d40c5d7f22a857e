"""What a reload takes of the settings, and what it names because it does not."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_type_hints

import pytest

from smsherald.settings.load import load
from smsherald.settings.reload import RELOADED, merged, waiting
from smsherald.settings.values import Settings
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT, SENDER

ENVIRON = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": SENDER}
ANOTHER = cast("Any", object())
"""Stands for another value, of whatever kind."""
PIECES = {"http.host": "http.listen", "http.port": "http.listen"}


def names() -> list[str]:
    """Name every value that settings have."""
    found = []
    for section, kind in get_type_hints(Settings).items():
        inner = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        found += [f"{section}.{key.name}" for key in inner] or [section]
    return found


def changed(settings: Settings, name: str) -> Settings:
    """Return settings with another value of this name."""
    section, _, key = name.partition(".")
    inner = replace(getattr(settings, section), **{key: ANOTHER}) if key else ANOTHER
    return replace(settings, **{section: inner})


@pytest.fixture
def old(here: Path) -> Settings:
    return load(write(here, EXAMPLE, mine=FLOW), ENVIRON).settings


@pytest.mark.parametrize("name", names())
def test_every_setting_is_taken_or_else_keeps_its_value_and_is_named(
    name: str, old: Settings
) -> None:
    new = changed(old, name)

    if name in RELOADED:
        assert merged(old, new) == new
        assert waiting(old, new) == ()
    else:
        assert merged(old, new) == old
        assert waiting(old, new) == (PIECES.get(name, name),)


def test_what_is_taken_are_settings() -> None:
    assert set(names()) >= RELOADED


def test_what_differs_not_is_not_named(old: Settings, here: Path) -> None:
    again = load(here / "smsherald.yaml", ENVIRON).settings

    assert merged(old, again) == old
    assert waiting(old, again) == ()


def test_several_are_taken_and_named_at_once(here: Path) -> None:
    def settings(text: str) -> Settings:
        return load(write(here, text + SETTINGS, mine=FLOW), {}).settings

    old = settings("")
    new = settings(
        "broker: {queue: another, heartbeat: 5s}\nretry: {max_age: 1h, attempts: 3}\n"
        "http: {listen: 0.0.0.0:1}\nlog: {level: debug, format: json}\ndefault_region: GB\n"
    )

    assert waiting(old, new) == (
        "broker.queue",
        "broker.heartbeat",
        "retry.attempts",
        "http.listen",
        "log.format",
    )
    expected = replace(
        old,
        retry=replace(old.retry, max_age=3600.0),
        log=replace(old.log, level="debug"),
        default_region="GB",
    )
    assert merged(old, new) == expected


def test_what_follows_from_a_setting_is_named_beside_it(old: Settings, here: Path) -> None:
    text = EXAMPLE.replace("concurrency: 200", "concurrency: 100")
    new = load(write(here, text, mine=FLOW), ENVIRON).settings

    assert waiting(old, new) == ("broker.concurrency", "broker.prefetch")
