"""A user's own configuration, made harmless: nothing of it leaves the test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from smsherald.errors import ConfigurationError, Problem
from smsherald.paths import Kind, kind_of
from smsherald.settings.load import Loaded, load
from smsherald.settings.secret import Secret
from smsherald.settings.yaml.files import read_file

SENDER = "+15005550006"
"""Who sends where the sender stands in a variable that the test does not set."""
HOME = Path("config/smsherald.yaml")

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ELSEWHERE = re.compile(r"\$\{(?:file|credential):")
_SIDS = {"account_sid": "AC", "api_key": "SK"}


def found_config(root: Path, environ: Mapping[str, str]) -> Path:
    """Return the settings: SMSHERALD_CONFIG, else `config/smsherald.yaml` below `root`.

    Raises ConfigurationError where there are none. What is in /etc is no project's.
    """
    path = root / (environ.get("SMSHERALD_CONFIG") or HOME)
    if kind_of(path) in {Kind.FILE, Kind.UNSEEN}:
        return path
    message = (
        "is not there; SMSHERALD_CONFIG, pytest's option smsherald_config or the fixture "
        "smsherald_config names another file"
    )
    raise ConfigurationError([Problem(str(path), 1, 1, message)])


def harmless(config: Path, environ: Mapping[str, str], folder: Path, api_url: str) -> Loaded:
    """Load a configuration for a test: an embedded broker, a new ledger in `folder`, the sandbox.

    `environ` is all of the environment that it sees. Where credentials or senders stand in a
    variable that is not there, a file or a systemd credential, others are taken. Raises
    ConfigurationError.
    """
    loaded = _loaded(config, tuple(sorted(environ.items())), _state(config))
    settings = loaded.settings
    accounts = {
        name: replace(account, api_url=api_url)
        for name, account in settings.twilio.accounts.items()
    }
    settings = replace(
        settings,
        twilio=replace(settings.twilio, accounts=accounts),
        ledger=replace(settings.ledger, url=Secret(f"sqlite:///{folder}/ledger.db")),
    )
    return replace(loaded, settings=settings)


def _state(config: Path) -> frozenset[tuple[Path, int, int]]:
    """Return what is another once a file of the configuration has changed."""
    files = [config, *config.parent.glob("flows/*.yaml")]
    stats = [(path, path.stat()) for path in files if kind_of(path) is Kind.FILE]
    return frozenset((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)


@lru_cache(maxsize=16)
def _loaded(config: Path, environ: tuple[tuple[str, str], ...], _: frozenset[object]) -> Loaded:
    """Load it once for all tests: the flows take longer than all the rest of a start."""
    settings: dict[str, Any] = {
        "BROKER__URL": "memory://",
        "BROKER__DECLARE": True,
        "BROKER__MANAGEMENT": None,
        "LEDGER__URL": "sqlite:///ledger.db",
        "HTTP__LISTEN": "127.0.0.1:0",
        "HTTP__TOKEN": None,
        "TWILIO__PROXY": None,
    }
    variables = {"SMSHERALD_INSTANCE": "test"}
    for account, key, text in _of_accounts(read_file(config).data):
        stand_in = _stand_in(account, key)
        variables |= dict.fromkeys(_VARIABLE.findall(text), stand_in)
        if _ELSEWHERE.search(text):
            settings[f"TWILIO__ACCOUNTS__{account}__{key}".upper()] = stand_in
    given = {f"SMSHERALD__{name}": json.dumps(value) for name, value in settings.items()}
    return load(config, {**variables, **dict(environ), **given})


def _of_accounts(settings: object) -> Iterator[tuple[str, str, str]]:
    """Yield all texts of accounts, each with the account's name and its key there."""
    twilio = settings.get("twilio") if isinstance(settings, Mapping) else None
    accounts = twilio.get("accounts") if isinstance(twilio, Mapping) else None
    for account, keys in accounts.items() if isinstance(accounts, Mapping) else ():
        for key, value in keys.items() if isinstance(keys, Mapping) else ():
            for text in _texts(value):
                yield str(account), str(key), text


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _stand_in(account: str, key: str) -> str:
    """Return what has the shape of it; two accounts differ in what tells them apart."""
    if key in ("from", "senders"):
        return SENDER
    if key == "api_url":
        return "http://127.0.0.1"
    digits = sha256(account.encode()).hexdigest()[:32]
    return _SIDS.get(key, "") + digits
