"""Reads the folder of flows: which files are flows, and that no two have one id."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from smsherald.errors import ConfigurationError, Problem
from smsherald.flows import Flow
from smsherald.paths import Kind, kind_of
from smsherald.settings.assemble import FlowDefaults
from smsherald.settings.flows.circles import circles
from smsherald.settings.flows.doubts import doubtful
from smsherald.settings.flows.file import read_flow
from smsherald.settings.flows.trial.places import Places, places
from smsherald.settings.keys import locate
from smsherald.settings.yaml.files import read_file, shown, unreadable
from smsherald.settings.yaml.places import Document

_NO_FLOW = (
    "no flow is here: every event would be ignored; is the folder mounted where it should be?"
)
_TOO_DEEP = "is not read: a flow's file stands in the folder `flows` itself, not in one below it"


class FlowFolder:
    """All flows of a folder, with what is wrong with them, once `read` has returned.

    `exchange` is `broker.exchange`.
    """

    def __init__(self, on: FlowDefaults, exchange: str) -> None:
        self.flows: list[Flow] = []
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.tests: dict[tuple[str, int], Places] = {}
        """Where each flow test stands, by the flow's id and the test's index."""
        self._on = on
        self._exchange = exchange
        self._documents: dict[str, Document] = {}
        self._owners: dict[str, str] = {}

    def read(self, settings: Path, *, idle: bool) -> None:
        """Read every `flows/*.yaml` beside the settings, in the order of their names.

        None at all is a problem, unless `idle`; so is then what looks like one and is not read.
        Where there are no settings, there is nothing that flows could stand beside.
        """
        folder, kind = settings.parent / "flows", kind_of(settings)
        if kind is Kind.UNSEEN:
            return
        idle = idle or kind is not Kind.FILE
        for path in self._files(folder):
            self._add(path)
        self._refuse_circles()
        if not idle and not self._owners and not self.problems:
            self.problems += [Problem(shown(folder), 1, 1, _NO_FLOW), *self.warnings]

    def _refuse_circles(self) -> None:
        for flow, between in circles(self.flows, self._exchange):
            by = f", by way of {', '.join(between)}" if between else ""
            message = f"what is published comes back to the flow{by}: it would never end"
            self.problems.append(locate(self._documents[flow.id], ("publish",), message))

    def _files(self, folder: Path) -> list[Path]:
        try:
            found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:
            self.problems.append(unreadable(folder, error))
            return []
        for path in found:
            if path.suffix == ".yml":
                message = "is not read: a flow's file ends in .yaml"
                self.warnings.append(Problem(shown(path), 1, 1, message))
        self._warn_of_inner(path for path in found if kind_of(path) is Kind.FOLDER)
        return [path for path in found if path.suffix == ".yaml"]

    def _warn_of_inner(self, folders: Iterable[Path]) -> None:
        """Name the flows that nobody reads; what is hidden is meant to be (a mounted volume's)."""
        for top in folders:
            for folder, inner, files in os.walk(top):
                inner[:] = sorted(name for name in inner if not name.startswith("."))
                for name in sorted(files):
                    if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                        path = Path(folder, name)
                        self.warnings.append(Problem(shown(path), 1, 1, _TOO_DEEP))

    def _add(self, path: Path) -> None:
        try:
            document = read_file(path)
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
            self._documents[flow.id] = document
            for index, stands in enumerate(places(document)):
                self.tests[flow.id, index] = stands
            known = flow.account.name not in self._on.unknown
            self.warnings += doubtful(flow, document, self._on.retention, sender_is_known=known)
