"""Tells what waits in the outbox: at least once, and each with the same id every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smsherald.model import Fact
from smsherald.ports import Herald, Outbox

AT_ONCE = 100
"""Facts that are told side by side."""


class Teller:
    """`on_defect` hears of a fact that cannot be told because of a defect of ours."""

    def __init__(
        self, outbox: Outbox, herald: Herald, on_defect: Callable[[Fact, Exception], None]
    ) -> None:
        self._outbox = outbox
        self._herald = herald
        self._on_defect = on_defect
        self._bad: set[str] = set()
        """What cannot be told: it must not hide the others."""

    async def tell(self) -> Sequence[Fact]:
        """Tell as much as can be told now, and return it."""
        waiting = await self._outbox.facts(AT_ONCE + len(self._bad))
        told = await self._tell([fact for fact in waiting if fact.id not in self._bad])
        if told:
            await self._outbox.forget_facts([fact.id for fact in told])
        return told

    async def _tell(self, facts: Sequence[Fact]) -> Sequence[Fact]:
        if not facts:
            return ()
        try:
            confirmed = await self._herald.tell([(fact.sms, fact.outcome) for fact in facts])
        except Exception as error:  # noqa: BLE001 - a defect of one must not hide the others
            if len(facts) > 1:
                return [told for fact in facts for told in await self._tell([fact])]
            self._bad.add(facts[0].id)
            self._on_defect(facts[0], error)
            return ()
        return facts if confirmed else ()
