"""What of the configuration is taken anew for each event, and replaced by a reload."""

from __future__ import annotations

from dataclasses import dataclass, field

from smsherald.flows import FlowBook
from smsherald.policy import Rules
from smsherald.settings.reload import merged
from smsherald.settings.values import Settings


@dataclass(frozen=True, slots=True)
class Live:
    """One value, so that nobody ever sees half of another: an event keeps what it began with."""

    settings: Settings
    """Only what `settings.reload.RELOADED` names is ever another than at the start."""
    flows: FlowBook
    """Made with these settings: region, age and accounts are in its flows."""
    rules: Rules = field(init=False, compare=False)
    """Whom these settings let be texted."""

    def __post_init__(self) -> None:
        policy = self.settings.policy
        object.__setattr__(self, "rules", Rules(policy.allow, policy.deny))

    def after(self, settings: Settings, flows: FlowBook) -> Live:
        """Return what follows once these were read."""
        return Live(merged(self.settings, settings), flows)
