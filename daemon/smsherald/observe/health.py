"""Whether the daemon is alive, and whether it is ready: two questions that never mix.

*Ready*: every component works, the peers included; an orchestrator waits, a person is told why.
*Alive*: what must go round still goes round; if not, only a restart helps. A peer that is away
never makes the daemon less alive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class _Pulse:
    within: float
    last: float


class Health:
    """What the components say of themselves.

    Each of `components` has the problem `starting` until it says otherwise. `clock` gives
    monotonic seconds; `time.monotonic` stands still while the machine sleeps, so that waking
    up is no stall.
    """

    def __init__(self, components: Collection[str], clock: Callable[[], float]) -> None:
        self._problems: dict[str, str | None] = dict.fromkeys(components, "starting")
        self._looks: dict[tuple[str, str], Callable[[], str | None]] = {}
        self._pulses: dict[str, _Pulse] = {}
        self._clock = clock

    def problem(self, component: str, what: str | None) -> None:
        """Say what keeps a component from working, in a few words; None where nothing does."""
        if component not in self._problems:
            raise KeyError(component)
        self._problems[component] = what

    def look(self, component: str, at: str, look: Callable[[], str | None] | None) -> None:
        """Ask `look` for a problem too whenever somebody wants to know: for what grows with time.

        `at` tells several looks of one component apart; None ends the one of that name.
        """
        if component not in self._problems:
            raise KeyError(component)
        if look is None:
            self._looks.pop((component, at), None)
        else:
            self._looks[component, at] = look

    @property
    def components(self) -> Mapping[str, str | None]:
        """Every component with all that is wrong with it, in the order they were named."""
        said = {name: [what] if what else [] for name, what in self._problems.items()}
        for (name, _), look in self._looks.items():
            if what := look():
                said[name].append(what)
        return {name: "; ".join(problems) or None for name, problems in said.items()}

    @property
    def ready(self) -> bool:
        """Whether no component has a problem."""
        return not any(self.components.values())

    def expect(self, name: str, within: float) -> None:
        """Count the daemon dead if `name` does not beat every `within` seconds from now on."""
        self._pulses[name] = _Pulse(within, self._clock())

    def beat(self, name: str) -> None:
        """Say that `name` makes progress. Ignored where nobody expects it."""
        if pulse := self._pulses.get(name):
            pulse.last = self._clock()

    @property
    def stalled(self) -> Mapping[str, float]:
        """What has not beaten in time, with the seconds since it last did."""
        now = self._clock()
        return {
            name: now - pulse.last
            for name, pulse in self._pulses.items()
            if now - pulse.last > pulse.within
        }

    @property
    def alive(self) -> bool:
        """Whether everything that is expected to beat does."""
        return not self.stalled
