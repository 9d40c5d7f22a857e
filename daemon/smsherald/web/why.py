"""`/why.json`: what became of an event, as this daemon and its ledger know it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from aiohttp import web

from smsherald.errors import LedgerError, UnusableError
from smsherald.model import Line, OnUnknown, Remembered
from smsherald.observe.recent import Recent
from smsherald.observe.status import Status
from smsherald.observe.systemd import running
from smsherald.ports import Clock
from smsherald.sms import e164
from smsherald.timeline import Known, Timeline, elsewhere, shown, tell
from smsherald.unit import beside
from smsherald.web.said import Whose

PATH = "/why.json"
PHONE = "X-Phone"
"""The header that has a number: what stands in an address is written into logs on its way."""
ANSWERS_WITHIN = 5.0
"""Seconds that the ledger has."""
LONGEST = 500
"""Characters of what is asked about."""


@dataclass(frozen=True, slots=True)
class Why:
    """Answers, one at a time; `region` (ISO 3166) is for national numbers, `retention` seconds.

    `on_unknown` says what a flow wants, by its id, of an SMS of unknown fate.
    """

    status: Status
    recent: Recent
    clock: Clock
    whose: Whose
    region: Callable[[], str]
    retention: float
    on_unknown: Callable[[str], OnUnknown]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is to be served."""
        asking = asyncio.Lock()

        async def answer(request: web.Request) -> web.Response:
            return await self._answer(request, asking)

        return [web.get(PATH, answer)]

    async def _answer(self, request: web.Request, asking: asyncio.Lock) -> web.Response:
        try:
            wanted, number = self._wanted(request)
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        lines = [] if number else list(self.recent.about(wanted))
        try:
            # One at a time: each may read through the whole ledger, and commits wait meanwhile.
            async with asyncio.timeout(ANSWERS_WITHIN), asking:
                remembered = await self._remembered(wanted, number, lines)
        except (LedgerError, TimeoutError) as error:
            why = str(error) or f"it has not answered within {ANSWERS_WITHIN:.0f} s"
            return self._without_ledger(wanted, lines, why)
        known = replace(self._known(remembered, lines), by_phone=number is not None)
        told = tell(wanted, known, self.clock.now())
        return self._said(wanted, told, 200 if told.known else 404)

    def _wanted(self, request: web.Request) -> tuple[str, str | None]:
        """Return what is asked about, and, where it is that, a number; else ValueError."""
        asked, phone = request.query.getall("q", []), request.headers.getall(PHONE, [])
        if len(asked) + len(phone) != 1:
            message = f"give a reference, an event id or a SID as q, or a number in header {PHONE}"
            raise ValueError(message)
        (wanted,) = asked or phone
        # No database takes a NUL, and none has been given a half of a character.
        if not 0 < len(wanted) <= LONGEST or "\0" in wanted or not _is_text(wanted):
            message = f"what is asked about is no text of 1 to {LONGEST} characters"
            raise ValueError(message)
        if asked:
            return wanted, None
        try:
            number = e164(wanted, self.region())
        except UnusableError as error:
            raise ValueError(error.detail) from None
        return number, number

    async def _remembered(
        self, wanted: str, number: str | None, lines: Sequence[Line]
    ) -> Remembered:
        history = self.status.history
        if history is None:
            raise LedgerError("it is not open yet")
        if number is not None:
            return await history.about_phone(number)
        return await history.about(wanted, _events(lines))

    def _known(self, remembered: Remembered, lines: Sequence[Line]) -> Known:
        """Put together what ledger and daemon know of the same events."""
        events = {row.event_id for row in remembered.rows} | _events(lines)
        others = (line for line in lines if line.event_id is None)
        lengths = self.status.lengths
        here = running()
        return Known(
            rows=remembered.rows,
            lines=[*others, *self.recent.of_events(events)],
            parked=remembered.parked,
            pauses=tuple(self.status.pauses()),
            on_unknown={row.flow: self.on_unknown(row.flow) for row in remembered.rows},
            unread=sum(_is_unread(line) for line in self.recent.lines()),
            others={
                it.instance: beside(os.environ, it.instance, here)
                for it in self.status.replicas
                if it.instance != self.whose.instance
            },
            waiting=None if lengths is None else lengths.waiting,
            retention=self.retention,
        )

    def _without_ledger(self, wanted: str, lines: Sequence[Line], why: str) -> web.Response:
        """Say what this daemon alone knows."""
        known = self._known(Remembered(), lines)
        told = tell(wanted, known, self.clock.now())
        begins = f"The ledger cannot be asked: {why}."
        if told.known:
            told = replace(told, sentence=f"{begins} {told.sentence}")
        else:
            others = f"; {elsewhere(wanted, known.others)}" if known.others else ""
            told = Timeline(f"{begins} Of {shown(wanted)} this daemon remembers nothing{others}.")
        return self._said(wanted, told, 503)

    def _said(self, wanted: str, told: Timeline, status: int) -> web.Response:
        return web.json_response(
            {
                "wanted": shown(wanted),
                "sentence": told.sentence,
                "steps": [{"at": step.at, "text": step.text} for step in told.steps],
                "outcomes": [asdict(outcome) for outcome in told.outcomes],
                "asked": "daemon",
                **asdict(self.whose),
            },
            status=status,
        )


def _events(lines: Sequence[Line]) -> set[str]:
    return {line.event_id for line in lines if line.event_id is not None}


def _is_text(wanted: str) -> bool:
    try:
        wanted.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_unread(line: Line) -> bool:
    return line.identified_by is None
