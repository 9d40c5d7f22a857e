"""What the room has to report."""

from __future__ import annotations

from typing import Protocol

from smsherald.model import Pause


class Observer(Protocol):
    """Called on the loop; must return at once and not raise."""

    def paused(self, pause: Pause) -> None:
        """Learn that a pause has begun."""
        ...

    def resumed(self, pause: Pause) -> None:
        """Learn that it is over."""
        ...
