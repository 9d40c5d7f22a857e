"""Whether the daemon is alive, and whether it is ready: two questions that never mix.

*Ready*: every component works, the peers included; an orchestrator waits, a person is told why.
*Alive*: what must go round still goes round; if not, only a restart helps. A peer that is away
never makes the daemon less alive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

_STARTING = "starting"


@dataclass(slots=True)
class _Pulse:
    within: float
    last: float


class Health:
    """What the components say of themselves.

    Each of `components` has the problem `starting` until it says otherwise; they start in the
    order in which they are named, and what starts late says which one it waits for. `clock` gives
    monotonic seconds; `time.monotonic` stands still while the machine sleeps, so that waking
    up is no stall.
    """

    def __init__(self, components: Collection[str], clock: Callable[[], float]) -> None:
        self._problems: dict[str, tuple[str | None, float]] = dict.fromkeys(
            components, (_STARTING, math.inf)
        )
        self._since = dict.fromkeys(self._problems, clock())
        self._pulses: dict[str, _Pulse] = {}
        self._asked: dict[str, Callable[[], str | None]] = {}
        self._noted: list[Callable[[], Sequence[str]]] = []
        self._doubted: list[Callable[[], Sequence[str]]] = []
        self._clock = clock

    def problem(self, component: str, what: str | None, *, lasts: float = math.inf) -> None:
        """Say what keeps a component from working, in a few words; None where nothing does.

        It is over by itself after so many seconds.
        """
        if component not in self._problems:
            raise KeyError(component)
        lasted = self.lasted(component)
        before, end = self._problems[component]
        is_well = before is None or self._clock() >= end
        if (what is None) is not is_well:
            self._since[component] = self._clock()
        elif lasted is not None:
            self._since[component] = self._clock() - lasted
        self._problems[component] = (what, self._clock() + lasts)

    def ask(self, component: str, what: Callable[[], str | None]) -> None:
        """Ask `what` for a component's problem whenever somebody wants to know."""
        self.problem(component, None)
        self._asked[component] = what

    def note(self, what: Callable[[], Sequence[str]]) -> None:
        """Ask `what` as well for what a person should know though it keeps nothing from working."""
        self._noted.append(what)

    def doubt(self, what: Callable[[], Sequence[str]]) -> None:
        """Ask `what` as well for why texts may not go out as is meant, though everything works."""
        self._doubted.append(what)

    @property
    def components(self) -> Mapping[str, str | None]:
        """Every component with its problem, in the order they were named."""
        now, awaited, found = self._clock(), "", dict[str, str | None]()
        for name, (what, end) in self._problems.items():
            problem = self._asked[name]() if name in self._asked else what if now < end else None
            if problem != _STARTING:
                awaited = awaited or (name if problem else "")
            elif awaited:
                problem = f"{_STARTING}; it waits for the {awaited}"
            found[name] = problem
        return found

    @property
    def problems(self) -> Sequence[str]:
        """What keeps components from working, a line for each that does not."""
        return [f"{name}: {what}" for name, what in self.components.items() if what]

    @property
    def start(self) -> str:
        """How a start fares, in one line: what it waits for, but not what waits for that."""
        held_up = [
            f"{name}: {what}"
            for name, what in self.components.items()
            if what and not what.startswith(_STARTING)
        ]
        return "; ".join((_STARTING, *held_up))

    def lasted(self, component: str) -> float | None:
        """Return for how many seconds a component has been as it is; None where nobody knows."""
        if component in self._asked:
            return None
        now, (what, end) = self._clock(), self._problems[component]
        # One that was over by itself has been well since then.
        is_over = what is not None and now >= end
        return now - (end if is_over else self._since[component])

    @property
    def notes(self) -> Sequence[str]:
        """What a person should know beside that, the doubts first."""
        return [*self.doubts, *(note for noted in self._noted for note in noted())]

    @property
    def doubts(self) -> Sequence[str]:
        """Why texts may not go out as is meant."""
        return [doubt for doubted in self._doubted for doubt in doubted()]

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
