"""Finds and loads the configuration: settings and all flows, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsherald.errors import ConfigurationError, Problem
from smsherald.flows import Flow
from smsherald.settings.assemble import Ground, assemble, doubtful, ground, together
from smsherald.settings.environment import override
from smsherald.settings.flow_file import read_flow
from smsherald.settings.interpolate import interpolate
from smsherald.settings.keys import load as load_schema
from smsherald.settings.keys import locate
from smsherald.settings.places import Document, Place, split_lines
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.values import Settings
from smsherald.settings.yaml_reader import read_yaml

PLACES = (Path("config/smsherald.yaml"), Path("/etc/smsherald/smsherald.yaml"))
"""Where the settings are looked for, unless `--config` or SMSHERALD_CONFIG says where."""
_MOST_BYTES = 10 * 1000**2


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without an error."""

    settings: Settings
    flows: tuple[Flow, ...]
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


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read the settings and the flows beside them (`flows/*.yaml`).

    Raises ConfigurationError with everything that is wrong in all files.
    """
    document, data, on, problems = _settings(path, environ)
    flows = _Flows(path.parent / "flows", on)
    if problems or flows.problems:
        # A value that two aliases share is wrong once.
        raise ConfigurationError(list(dict.fromkeys(problems + flows.problems)))
    accounts = {name: account for name, account in on.accounts.items() if account is not None}
    doubts = [locate(document, where, message) for where, message in doubtful(data)]
    return Loaded(
        assemble(data, accounts, environ),
        tuple(flows.flows),
        tuple(sorted(flows.warnings + doubts)),
        flows.tests,
    )


def _settings(
    path: Path, environ: Mapping[str, str]
) -> tuple[Document, dict[str, Any], Ground, list[Problem]]:
    """Return the settings file, what is valid of it, what flows need, and what is wrong."""
    try:
        document = _read(path)
    except ConfigurationError as error:
        document = Document(shown(path))
        return document, {}, ground({}, [])[0], list(error.problems)
    overridden, broken = override(document, environ)
    failed = broken | interpolate(document, environ, keep=overridden | broken)
    data, findings = load_schema(SettingsSchema, document)
    on, more = ground(data, _accounts(document))
    problems = [
        locate(document, where, message)
        for where, message in findings + more + together(data)
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


class _Flows:
    """All flows of a folder."""

    def __init__(self, folder: Path, on: Ground) -> None:
        self.flows: list[Flow] = []
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.tests: dict[tuple[str, int], Place] = {}
        self._on = on
        self._owners: dict[str, str] = {}
        for path in self._files(folder):
            self._add(path)
        if not self._owners and not self.problems:
            message = "no flow is here: every event would be ignored"
            self.warnings.append(Problem(shown(folder), 1, 1, message))

    def _files(self, folder: Path) -> list[Path]:
        try:
            found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:
            self.problems.append(_unreadable(folder, error))
            return []
        for path in found:
            if path.suffix == ".yml":
                message = "is not read: a flow's file ends in .yaml"
                self.warnings.append(Problem(shown(path), 1, 1, message))
        return [path for path in found if path.suffix == ".yaml"]

    def _add(self, path: Path) -> None:
        try:
            document = _read(path)
        except ConfigurationError as error:
            self.problems += error.problems
            return
        flow_id, flow, problems = read_flow(document, path.stem, self._on)
        self.problems += document.problems + problems
        if flow_id is not None:
            owner = self._owners.setdefault(flow_id, document.file)
            if owner != document.file:
                message = f"the flow id `{flow_id}` is taken by {owner}"
                self.problems.append(document.at(("id",)).problem(message))
        if flow is not None:
            self.flows.append(flow)
            for test in flow.tests:
                self.tests[flow.id, test.index] = document.at(("tests", test.index))


def _read(path: Path) -> Document:
    """Read a YAML file. Raises ConfigurationError."""
    file = shown(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError([_unreadable(path, error)]) from None
    if len(content) > _MOST_BYTES:
        message = f"is larger than {_MOST_BYTES:,} bytes"
        raise ConfigurationError([Problem(file, 1, 1, message)])
    try:
        return read_yaml(content.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        rows = split_lines(content[: error.start].decode("utf-8-sig", errors="replace"))
        place = Place(file, len(rows), len(rows[-1]) + 1)
        raise ConfigurationError([place.problem("this is not UTF-8")]) from None


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(shown(path), 1, 1, f"cannot be read: {error.strerror}")


def shown(path: Path) -> str:
    """Return a path as messages show it: from the working directory where it lies below."""
    here = Path.cwd()
    whole = here / path
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)
