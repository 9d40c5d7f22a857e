"""What may be sent, to whom, when, and how long it is tried."""

from smsherald.policy.standard import StandardPolicy

__all__ = ["StandardPolicy"]
