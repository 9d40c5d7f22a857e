"""Prometheus metrics, and where their histograms have their borders."""

from smsherald.observe.metrics.metrics import FOREIGN, NO_FLOW, Connection, Metrics

__all__ = ["FOREIGN", "NO_FLOW", "Connection", "Metrics"]
