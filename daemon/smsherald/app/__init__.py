"""The composition root: settings and flows become a running daemon.

`root.py` puts the parts together, each of which has a module of its own here.
"""

from smsherald.app.observed import Observed, observed
from smsherald.app.reload import Reloads, warn_of_allowed, watch
from smsherald.app.root import Daemon, Parts, assembled, running
from smsherald.app.tasks import background
from smsherald.app.topology import topology

__all__ = [
    "Daemon",
    "Observed",
    "Parts",
    "Reloads",
    "assembled",
    "background",
    "observed",
    "running",
    "topology",
    "warn_of_allowed",
    "watch",
]
