"""Runs the tests of all flows of a configuration."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from smsherald.errors import ConfigurationError, Problem
from smsherald.flows import Flow, FlowTest
from smsherald.flows.trial import Failure, Trial
from smsherald.paths import Kind, kind_of
from smsherald.settings.flows.trial.absent import in_the_flow
from smsherald.settings.flows.trial.places import Places
from smsherald.settings.load import LoadedFlows
from smsherald.settings.yaml.files import READ
from smsherald.unit import why

MOST_BYTES = 10 * 1000**2
"""Of a test's file; what is published is far smaller."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a test has shown."""

    flow: str
    test: FlowTest
    places: Places
    failures: tuple[Problem, ...]
    """One a difference, each where the test says otherwise; none: it passed."""
    seconds: float
    """How long it ran."""

    @property
    def name(self) -> str:
        """Return what it is called, or where it stands."""
        return self.test.name or f"tests[{self.test.index}]"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the failures with the flow, and with the test's name where it has one."""
        said = self.flow if self.test.name is None else f"{self.flow}: {self.test.name}"
        return tuple(
            replace(failure, message=f"{said}: {failure.message}") for failure in self.failures
        )


def check(loaded: LoadedFlows) -> list[Problem]:
    """Return what flow tests see and do not expect, each where its test says otherwise."""
    return [problem for result in results(loaded, loaded.flows) for problem in result.problems]


def require(loaded: LoadedFlows) -> None:
    """Insist that all tests pass, as a reload does.

    Raises ConfigurationError, with nothing in it of what a text says: a log may have it.
    """
    problems = [
        replace(problem, message=f"{result.flow}: {result.name} fails")
        for result in results(loaded, loaded.flows)
        for problem in result.problems[:1]
    ]
    if problems:
        raise ConfigurationError(problems)


def results(loaded: LoadedFlows, flows: Iterable[Flow]) -> Iterator[Result]:
    """Run the tests of some of a configuration's flows, each once its result is asked for.

    Files of tests are read here, and only here: a daemon starts without them.
    """
    for flow in flows:
        trial = Trial(flow, loaded.reading)
        for test in flow.tests:
            places = loaded.tests[flow.id, test.index]
            began = time.perf_counter()
            failures = _failures(trial, test, places)
            seconds = time.perf_counter() - began
            problems = [
                places.at(failure.where).problem(failure.message + in_the_flow(failure, places))
                for failure in failures
            ]
            yield Result(flow.id, test, places, tuple(problems), seconds)


def _failures(trial: Trial, test: FlowTest, places: Places) -> list[Failure]:
    try:
        content = content_of(test, places)
    except ValueError as error:
        return [Failure(test.index, ("file",), f"file: {error}")]
    return trial.run(test, content)


def content_of(test: FlowTest, places: Places) -> bytes | None:
    """Read a test's file, None where it has none; raises ValueError with a sentence."""
    return None if test.file is None else _content(Path(places.test.file).parent / test.file)


def _content(path: Path) -> bytes:
    """Read a file; raises ValueError with a sentence."""
    try:
        # Opening a pipe waits for who writes into it.
        if kind_of(path) in {Kind.FOLDER, Kind.OTHER}:
            message = f"{path} is no file"
            raise ValueError(message)
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        message = f"{path} is not there: its path counts from the flow's file"
        raise ValueError(message) from None
    except OSError as error:
        message = f"{path} cannot be read: {why(error, READ)}"
        raise ValueError(message) from None
    if len(content) > MOST_BYTES:
        message = f"{path} is larger than {MOST_BYTES:,} bytes: a test's event is one, and small"
        raise ValueError(message)
    return content
