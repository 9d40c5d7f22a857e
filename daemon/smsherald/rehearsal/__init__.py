"""What would have been sent: recorded events go the daemon's way, and nothing leaves the process.

The ledger is in memory, and Twilio takes everything. All else is the daemon's own.
"""

from smsherald.rehearsal.differences import Difference, differences
from smsherald.rehearsal.rehearsal import Rehearsal
from smsherald.rehearsal.tally import FlowTally, Met, Mets, Sum, Tally
from smsherald.rehearsal.values import Fate, Script, Seen, as_read

__all__ = [
    "Difference",
    "Fate",
    "FlowTally",
    "Met",
    "Mets",
    "Rehearsal",
    "Script",
    "Seen",
    "Sum",
    "Tally",
    "as_read",
    "differences",
]
