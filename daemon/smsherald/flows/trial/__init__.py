"""Runs a flow's own tests: its event goes the way that a real one goes, from bytes to SMS."""

from smsherald.flows.trial.absent import Absent
from smsherald.flows.trial.fixture import delivery_of
from smsherald.flows.trial.running import Failure, Trial

__all__ = ["Absent", "Failure", "Trial", "delivery_of"]
