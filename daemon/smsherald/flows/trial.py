"""Runs a flow's own tests."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.flows.flow import Flow


@dataclass(frozen=True, slots=True)
class Failure:
    """A flow test that did not see what it expects."""

    index: int
    message: str


def run_tests(flow: Flow) -> list[Failure]:
    """Run them all."""
    raise NotImplementedError
