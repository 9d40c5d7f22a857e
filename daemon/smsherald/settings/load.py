"""Finds and loads the configuration: settings and all flows, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsherald.errors import ConfigurationError, Problem
from smsherald.flows import FlowBook
from smsherald.settings.assemble import (
    FlowDefaults,
    assemble,
    conflicts,
    doubtful,
    flow_defaults,
    unused,
)
from smsherald.settings.environment import override
from smsherald.settings.flows.folder import FlowFolder
from smsherald.settings.interpolate import interpolate
from smsherald.settings.keys import load as load_schema
from smsherald.settings.keys import locate
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.values import Settings
from smsherald.settings.yaml.files import read_file, shown
from smsherald.settings.yaml.places import Document, Place

PLACES = (Path("config/smsherald.yaml"), Path("/etc/smsherald/smsherald.yaml"))
"""Where the settings are looked for, unless `--config` or SMSHERALD_CONFIG says where."""

_NO_PROXY = "is not used: Twilio is asked through a proxy only where twilio.proxy names it"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without an error."""

    settings: Settings
    flows: FlowBook
    warnings: tuple[Problem, ...]
    tests: Mapping[tuple[str, int], Place]
    """Where each flow test stands, by the flow's id and the test's index."""


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the settings file; ConfigurationError where there is none."""
    if explicit is not None:
        return explicit
    if named := environ.get("SMSHERALD_CONFIG"):
        return Path(named)
    for path in PLACES:
        if path.exists():
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
    flows = FlowFolder(on)
    # Where there are no settings, there is nothing that flows could stand beside.
    flows.read(path.parent / "flows", idle=idle or not path.is_file())
    if problems or flows.problems:
        # A value that two aliases share is wrong once.
        raise ConfigurationError(list(dict.fromkeys(problems + flows.problems)))
    accounts = {name: account for name, account in on.accounts.items() if account is not None}
    doubted = doubtful(data) + (conflicts(data) if unsafe else [])
    doubts = [locate(document, where, message) for where, message in doubted]
    doubts += [
        Place(f"environment:{name}", 1, 1).problem(_NO_PROXY) for name in unused(data, environ)
    ]
    return Loaded(
        assemble(data, accounts, environ, path.absolute().parent),
        FlowBook(flows.flows),
        tuple(sorted(flows.warnings + doubts)),
        flows.tests,
    )


def _settings(
    path: Path, environ: Mapping[str, str], *, unsafe: bool
) -> tuple[Document, dict[str, Any], FlowDefaults, list[Problem]]:
    """Return the settings file, what is valid of it, what flows need, and what is wrong."""
    try:
        document = read_file(path)
    except ConfigurationError as error:
        document = Document(shown(path))
        return document, {}, flow_defaults({}, [])[0], list(error.problems)
    overridden, broken = override(document, environ)
    failed = broken | interpolate(document, environ, keep=overridden | broken)
    data, findings = load_schema(SettingsSchema, document)
    on, more = flow_defaults(data, _accounts(document))
    problems = [
        locate(document, where, message)
        for where, message in findings + more + ([] if unsafe else conflicts(data))
        # What could not be put in has its problem already.
        if where not in failed
    ]
    return document, data, on, document.problems + problems


def _accounts(document: Document) -> list[str]:
    """Return the names of all accounts that the settings have, right or wrong."""
    data = document.data
    for key in ("twilio", "accounts"):
        data = data.get(key) if isinstance(data, dict) else None
    return list(data) if isinstance(data, dict) else []
