"""What may be sent, to whom, and when."""

from smsherald.policy.standard import StandardPolicy

__all__ = ["StandardPolicy"]
