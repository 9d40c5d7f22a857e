"""What settings may lack for commands that ask nobody for anything: what signs in, and who sends.

It is in a daemon's environment or credentials, and seldom in the shell of who checks a flow or
looks into the ledger. What is there is checked as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from marshmallow import fields

from smsherald.errors import ConfigurationError
from smsherald.model import Account
from smsherald.settings.assemble import FlowDefaults
from smsherald.settings.environment import override
from smsherald.settings.fields import Entries, Exact, Items, Section
from smsherald.settings.interpolate import interpolate
from smsherald.settings.keys import load
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.values import HttpSettings
from smsherald.settings.yaml.files import read_file, shown
from smsherald.settings.yaml.places import Document, Path

Excuse: TypeAlias = Callable[[Path], bool]
"""Says whether nothing need stand at a place."""

_ACCOUNTS = {("twilio",), ("twilio", "accounts"), ("twilio", "default_account")}
_NOBODY = ("AC" + "0" * 32, "UNKNOWN")


def nothing(_: Path) -> bool:
    """Excuse nothing: for who sends and publishes."""
    return False


def credentials(path: Path) -> bool:
    """Excuse what others compare sign by sign: secrets, URLs with one, SIDs and senders."""
    return isinstance(_field(path), Exact)


def all_but_the_ledger(path: Path) -> bool:
    """Excuse credentials and accounts; the ledger must be the daemon's."""
    return path != ("ledger", "url") and (credentials(path) or path in _ACCOUNTS)


def all_but_the_stores(path: Path) -> bool:
    """Excuse credentials and accounts; ledger and broker must be the daemon's."""
    return path != ("broker", "url") and all_but_the_ledger(path)


def all_but_the_broker(path: Path) -> bool:
    """Excuse credentials and accounts, and where the ledger is; the broker must be the daemon's."""
    return path != ("broker", "url") and (credentials(path) or path in _ACCOUNTS)


def is_absent(data: object, path: Path) -> bool:
    """Say whether nothing stands at a place, as where a variable is set to nothing."""
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return True
    return data is None or (isinstance(data, str) and not data.strip())


def with_stand_ins(on: FlowDefaults) -> FlowDefaults:
    """Put somebody who can never sign in in the place of each account that is not whole.

    Flows of it can be made, with whatever sender they name.
    """
    unknown = frozenset(name for name, account in on.accounts.items() if account is None)
    sid, sender = _NOBODY
    stand_ins = {name: Account(name, sid, sender, frozenset({sender})) for name in unknown}
    return replace(on, accounts={**on.accounts, **stand_ins}, unknown=unknown)


def listening(path: FilePath, environ: Mapping[str, str]) -> tuple[HttpSettings | None, str | None]:
    """Return where the daemon listens, and `broker.queue`, by settings of which more is wrong.

    Of the two, None is what is wrong itself. Of a file that cannot be read there are the
    environment and the defaults. A token that is not to be had is none: the daemon says so itself.
    """
    try:
        document = read_file(path)
    except ConfigurationError:
        document = Document(shown(path))
    overridden, broken = override(document, environ)
    failed = broken | interpolate(document, environ, keep=overridden | broken)
    data, _ = load(SettingsSchema, document)
    http, broker = data.get("http") or {}, data.get("broker") or {}
    queue = None if ("broker", "queue") in failed else broker.get("queue")
    if "listen" not in http or ("http", "listen") in failed:
        return None, queue
    host, port = http["listen"]
    token = None if ("http", "token") in failed else http.get("token")
    return HttpSettings(host, port, token), queue


def _field(path: Path) -> fields.Field[Any] | None:
    """Return the field of a setting; None where there is none of that name."""
    field: fields.Field[Any] | None = Section(SettingsSchema)
    for part in path:
        match field:
            case Section():
                every = field.section().fields.items()
                field = {each.data_key or name: each for name, each in every}.get(str(part))
            case Entries() | Items():
                field = field.item
            case _:
                return None
    return field
