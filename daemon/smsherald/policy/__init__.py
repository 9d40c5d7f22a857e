"""What may be sent, to whom, and when."""

from smsherald.policy.admission import Admission
from smsherald.policy.pauses import Pauses
from smsherald.policy.rules import Rules
from smsherald.policy.standard import StandardPolicy

__all__ = ["Admission", "Pauses", "Rules", "StandardPolicy"]
