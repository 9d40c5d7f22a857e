"""Runs the tests of all flows of a configuration."""

from __future__ import annotations

from smsherald.errors import Problem
from smsherald.flows.trial import run_tests
from smsherald.settings.load import Loaded


def check(loaded: Loaded) -> list[Problem]:
    """Return the flow tests that fail, each where it stands."""
    return [
        loaded.tests[flow.id, failure.index].problem(f"{flow.id}: {failure.message}")
        for flow in loaded.flows
        for failure in run_tests(flow)
    ]
