"""Finds and loads the configuration: settings and all flows, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsherald.errors import ConfigurationError, Problem
from smsherald.events import Reading
from smsherald.flows import EVENTS, FlowBook
from smsherald.paths import Kind, kind_of
from smsherald.settings.absent import (
    Excuse,
    all_but_the_broker,
    all_but_the_ledger,
    all_but_the_stores,
    credentials,
    is_absent,
    nothing,
    with_stand_ins,
)
from smsherald.settings.assemble import (
    FlowDefaults,
    assemble,
    broker_settings,
    conflicts,
    decisions_of,
    doubtful,
    flow_defaults,
    http_settings,
    ledger_settings,
    policy_settings,
    unused,
)
from smsherald.settings.environment import nearly, override, variable, with_variable
from smsherald.settings.flows.folder import FlowFolder
from smsherald.settings.flows.trial.places import Places
from smsherald.settings.interpolate import interpolate
from smsherald.settings.keys import default, locate
from smsherald.settings.keys import load as load_schema
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.secret import Secret
from smsherald.settings.sections import BrokerSchema
from smsherald.settings.twilio.accounts import TwilioSchema
from smsherald.settings.twilio.decisions import Decision
from smsherald.settings.values import (
    BrokerSettings,
    HttpSettings,
    LedgerSettings,
    NotificationSettings,
    PolicySettings,
    Settings,
)
from smsherald.settings.yaml.files import read_file, shown
from smsherald.settings.yaml.places import Document, Place
from smsherald.sms import Prices

PLACES = (Path("config/smsherald.yaml"), Path("/etc/smsherald/smsherald.yaml"))
"""Where the settings are looked for, unless `--config` or SMSHERALD_CONFIG says where."""
BELOW = (Path("smsherald.yaml"), Path("config/smsherald.yaml"))
"""Where a folder that is named has the settings."""
_NO_PROXY = "is not used: Twilio is asked through a proxy only where twilio.proxy names it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFlows:
    """Flows without an error; their accounts may be stand-ins, with which nobody can sign in."""

    flows: FlowBook
    warnings: tuple[Problem, ...]
    tests: Mapping[tuple[str, int], Places]
    """Where each flow test stands, by the flow's id and the test's index."""
    retention: float
    """How long the ledger remembers, in seconds: `once` is no longer than that."""
    policy: PolicySettings
    prices: Prices
    reading: Reading
    queue: str
    """`broker.queue`."""
    notifications: NotificationSettings
    broker_url: Secret | None
    """`broker.url`; None: nothing stands there, which only some commands forgive."""
    unknown: frozenset[str] = frozenset()
    """Accounts that have a stand-in: who owns which senders is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(LoadedFlows):
    """A configuration without an error, and whole: what sends and publishes needs this one."""

    settings: Settings
    misspelt: tuple[Problem, ...]
    """Of the warnings, those of variables by whose names others seem to be meant: a setting may be
    another than it is meant to be."""
    ledger_at: Place
    """Where `ledger.url` stands, or should."""


@dataclass(frozen=True, slots=True)
class LoadedLedger:
    """What a command needs that asks the ledger, or the daemon, and nothing else."""

    ledger: LedgerSettings
    default_region: str
    http: HttpSettings
    queue: str
    """`broker.queue`."""


@dataclass(frozen=True, slots=True)
class LoadedStores(LoadedLedger):
    """What a command needs that also reads queues."""

    broker: BrokerSettings
    tiers: tuple[float, ...]
    notifications: str
    """The exchange."""
    reading: Reading


def settings_of(path: Path) -> Path:
    """Return the settings file that is meant by itself or by its folder.

    Raises ConfigurationError where the folder has none.
    """
    if kind_of(path) is not Kind.FOLDER:
        return path
    for below in BELOW:
        if kind_of(path / below) in {Kind.FILE, Kind.UNSEEN}:
            return path / below
    message = f"is not there, nor is {BELOW[1]}"
    raise ConfigurationError([Problem(str(path / BELOW[0]), 1, 1, message)])


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the settings file; ConfigurationError where there is none."""
    if explicit is not None:
        return settings_of(explicit)
    if named := environ.get("SMSHERALD_CONFIG"):
        return settings_of(Path(named))
    for path in PLACES:
        if kind_of(path) is not Kind.MISSING:
            return path
    here, there = PLACES
    message = f"is not there, nor is {there}; --config or SMSHERALD_CONFIG names another file"
    raise ConfigurationError([Problem(str(here), 1, 1, message)])


def load(
    path: Path, environ: Mapping[str, str], *, unsafe: bool = False, idle: bool = False
) -> Loaded:
    """Read the settings and the flows beside them (`flows/*.yaml`).

    `unsafe` makes a warning of a quarantine that is too short: texts may then go out twice. `idle`
    is for commands that need no flow: without it there must be one.
    Raises ConfigurationError with everything that is wrong in all files.
    """
    document, data, on, problems = _settings(path, environ, unsafe=unsafe)
    flows = FlowFolder(on, _exchange(data))
    flows.read(path, idle=idle)
    if problems or flows.problems:
        # A value that two aliases share is wrong once.
        raise ConfigurationError(list(dict.fromkeys(problems + flows.problems)))
    accounts = {name: account for name, account in on.accounts.items() if account is not None}
    doubted = doubtful(data) + (conflicts(data) if unsafe else [])
    doubts = [locate(document, where, message) for where, message in doubted]
    doubts += [variable(name).problem(_NO_PROXY) for name in unused(data, environ)]
    misspelt = document.doubts + nearly(environ.keys() - document.variables)
    settings = assemble(data, accounts, environ, path.absolute().parent)
    return Loaded(
        settings=settings,
        misspelt=tuple(misspelt),
        ledger_at=document.at(("ledger", "url")),
        flows=FlowBook(flows.flows, _exchange(data)),
        warnings=tuple(sorted({*flows.warnings, *doubts, *misspelt})),
        tests=flows.tests,
        retention=on.retention,
        policy=settings.policy,
        prices=Prices(settings.prices),
        reading=settings.reading,
        queue=settings.broker.queue,
        notifications=settings.notifications,
        broker_url=settings.broker.url,
    )


def load_flows(path: Path, environ: Mapping[str, str]) -> LoadedFlows:
    """Read as `load` does, but for what signs in: that need not be there.

    Raises ConfigurationError with all else that is wrong.
    """
    document, data, on, problems = _settings(path, environ, unsafe=False, excuse=credentials)
    on = with_stand_ins(on)
    flows = FlowFolder(on, _exchange(data))
    flows.read(path, idle=False)
    if problems or flows.problems:
        raise ConfigurationError(list(dict.fromkeys(problems + flows.problems)))
    doubts = [locate(document, where, message) for where, message in doubtful(data)]
    doubts += document.doubts
    return LoadedFlows(
        flows=FlowBook(flows.flows, _exchange(data)),
        warnings=tuple(sorted({*flows.warnings, *doubts})),
        tests=flows.tests,
        retention=on.retention,
        policy=policy_settings(data),
        prices=Prices(data["prices"]),
        reading=_reading(data),
        queue=data["broker"]["queue"],
        notifications=NotificationSettings(**data["notifications"]),
        broker_url=data["broker"].get("url"),
        unknown=on.unknown,
    )


def _exchange(data: Mapping[str, Any]) -> str:
    """Return `broker.exchange`; no broker need be named where flows alone are read."""
    return str(data.get("broker", {}).get("exchange", EVENTS))


def _reading(data: Mapping[str, Any]) -> Reading:
    return Reading(_exchange(data), data["broker"]["max_body"], tuple(data["identity"]))


def load_ledger(path: Path, environ: Mapping[str, str]) -> LoadedLedger:
    """Read the settings of the ledger; accounts and credentials need not be there.

    No flow is read, and a quarantine that is too short is for `run` to refuse. Raises
    ConfigurationError with all else that is wrong with the settings.
    """
    data = _without_accounts(path, environ, all_but_the_ledger)
    ledger = ledger_settings(data, environ, path.absolute().parent)
    queue = data.get("broker", {}).get("queue", default(BrokerSchema, "queue"))
    return LoadedLedger(ledger, data["default_region"], http_settings(data), queue)


def load_stores(path: Path, environ: Mapping[str, str]) -> LoadedStores:
    """Read as `load_ledger` does, and the settings of the broker."""
    data = _without_accounts(path, environ, all_but_the_stores)
    return LoadedStores(
        ledger_settings(data, environ, path.absolute().parent),
        data["default_region"],
        http_settings(data),
        data["broker"]["queue"],
        broker_settings(data),
        tuple(data["retry"]["tiers"]),
        data["notifications"]["exchange"],
        _reading(data),
    )


def load_broker(path: Path, environ: Mapping[str, str]) -> BrokerSettings:
    """Read as `load_ledger` does the settings of the broker: the ledger need not be there."""
    return broker_settings(_without_accounts(path, environ, all_but_the_broker))


def _without_accounts(path: Path, environ: Mapping[str, str], excuse: Excuse) -> dict[str, Any]:
    _, data, _, problems = _settings(path, environ, unsafe=True, excuse=excuse)
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return data | {"twilio": {"timeout": default(TwilioSchema, "timeout")} | data.get("twilio", {})}


def load_decisions(path: Path, environ: Mapping[str, str]) -> Mapping[int, Decision]:
    """Read as `load_flows` does what an operator decides on Twilio's codes."""
    return decisions_of(_without_accounts(path, environ, credentials)["twilio"])


def _settings(
    path: Path, environ: Mapping[str, str], *, unsafe: bool, excuse: Excuse = nothing
) -> tuple[Document, dict[str, Any], FlowDefaults, list[Problem]]:
    """Return the settings file, what is valid of it, what flows need, and what is wrong."""
    try:
        document = read_file(path)
    except ConfigurationError as error:
        document = Document(shown(path))
        return document, {}, flow_defaults({}, [])[0], list(error.problems)
    overridden, broken = override(document, environ)
    failed = broken | interpolate(document, environ, keep=overridden | broken, excuse=excuse)
    data, findings = load_schema(SettingsSchema, document)
    on, more = flow_defaults(data, _accounts(document))
    problems = [
        locate(document, where, with_variable(document, where, message))
        for where, message in findings + more + ([] if unsafe else conflicts(data))
        # What could not be put in has its problem already.
        if where not in failed and not (excuse(where) and is_absent(document.data, where))
    ]
    return document, data, on, document.problems + problems


def _accounts(document: Document) -> list[str]:
    """Return the names of all accounts that the settings have, right or wrong."""
    data = document.data
    for key in ("twilio", "accounts"):
        data = data.get(key) if isinstance(data, dict) else None
    return list(data) if isinstance(data, dict) else []
