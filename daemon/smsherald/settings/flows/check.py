"""Runs the tests of all flows of a configuration."""

from __future__ import annotations

from smsherald.errors import Problem
from smsherald.flows.trial import run_tests
from smsherald.settings.load import LoadedFlows


def check(loaded: LoadedFlows) -> list[Problem]:
    """Return what flow tests see and do not expect, each where its test stands."""
    return [
        loaded.tests[flow.id, failure.index].problem(f"{flow.id}: {difference}")
        for flow in loaded.flows
        for failure in run_tests(flow)
        for difference in failure.message.splitlines()
    ]
