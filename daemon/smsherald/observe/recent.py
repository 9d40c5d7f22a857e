"""What this process has seen of late: for a person who asks, and gone when it ends."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice

from smsherald.model import Deferred, EventOutcome, Line, Parked, Settlement

LINES = 500
"""Lines that are kept, whatever they say: as many, or so many SMSes in them, and one at least."""
PUT_OFF = 5_000
"""The same for events of which it is kept that they were put off."""
MINUTES = 60
"""Minutes whose outcomes are counted."""
IGNORED = EventOutcome.IGNORED.value
"""The word for an event that no flow wanted, beside those for SMSes."""


class Recent:
    """The last lines, the events that were put off and have not come again, an hour of outcomes."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque()
        self._put_off: dict[str, Line] = {}
        self._in_lines = self._in_put_off = 0
        """SMSes in them."""
        self._minutes: deque[tuple[int, Counter[str]]] = deque(maxlen=MINUTES)
        self.count = 0
        """How many there have ever been."""
        self._flows: dict[str, Counter[str]] = {}

    def settled(self, line: Line, settlement: Settlement) -> None:
        """Keep what was said of a delivery."""
        self.count += 1
        self._lines.append(line)
        self._in_lines += line.size
        while self._in_lines > LINES and len(self._lines) > 1:
            self._in_lines -= self._lines.popleft().size
        self._keep_put_off(line, settlement)
        minute = int(line.at // 60)
        if not self._minutes or minute > self._minutes[-1][0]:
            self._minutes.append((minute, Counter()))
        self._count(self._minutes[-1][1], settlement)

    def _keep_put_off(self, line: Line, settlement: Settlement) -> None:
        if (event_id := line.event_id) is None:
            return
        if (before := self._put_off.pop(event_id, None)) is not None:
            self._in_put_off -= before.size
        if settlement.outcome is EventOutcome.DEFERRED:
            self._put_off[event_id] = line
            self._in_put_off += line.size
            while self._in_put_off > PUT_OFF and len(self._put_off) > 1:
                self._in_put_off -= self._put_off.pop(next(iter(self._put_off))).size

    def lines(self, most: int = LINES) -> Sequence[Line]:
        """Return the last lines, the newest first."""
        return list(islice(reversed(self._lines), most))

    def about(self, wanted: str) -> Sequence[Line]:
        """Return what is known of an event id, a reference or a SID, the oldest first."""
        return self._where(lambda line: line.is_about(wanted))

    def of_events(self, ids: Collection[str]) -> Sequence[Line]:
        """Return what is known of events by their ids, the oldest first."""
        return self._where(lambda line: line.event_id in ids)

    def _where(self, chosen: Callable[[Line], bool]) -> Sequence[Line]:
        found = [line for line in self._lines if chosen(line)]
        older = [
            line
            for line in self._put_off.values()
            if chosen(line) and not any(line is other for other in found)
        ]
        return older + found

    @property
    def identities(self) -> Mapping[str, Mapping[str, int]]:
        """Count the rules that told the last lines' events apart, by routing key."""
        counted: dict[str, Counter[str]] = {}
        for line in self._lines:
            key, rule = line.fields.get("routing_key"), line.identified_by
            if key is not None and rule is not None:
                counted.setdefault(key, Counter())[rule] += 1
        return counted

    @property
    def put_off(self) -> Mapping[str, int]:
        """How many events were put off and have not come again since, by the first reason."""
        return Counter(
            str(next((part["reason"] for part in line.parts if part.get("reason")), "unknown"))
            for line in self._put_off.values()
        )

    @property
    def put_off_by_flow(self) -> Mapping[str, int]:
        """How many SMSes of each flow were put off and have not come again since."""
        return Counter(
            str(part["flow"])
            for line in self._put_off.values()
            for part in line.parts
            if part.get("flow") and part.get("sms") == Deferred.word
        )

    def hour(self, now: float) -> Sequence[Mapping[str, int]]:
        """Return what became of SMSes, by its word, in each of the last minutes, the oldest first.

        An event that no flow wanted counts as `ignored`; one that was put off counts each time.
        """
        counted, last = dict(self._minutes), int(now // 60)
        return [counted.get(minute, {}) for minute in range(last - MINUTES + 1, last + 1)]

    def of_flow(self, flow: str) -> Mapping[str, int]:
        """Return what became of a flow's SMSes since the start, by its word."""
        return self._flows.get(flow, {})

    def _count(self, words: Counter[str], settlement: Settlement) -> None:
        if settlement.outcome is EventOutcome.IGNORED:
            words[IGNORED] += 1
            return
        for sms, outcome in settlement.results:
            words[outcome.word] += 1
            self._count_of(sms.flow, outcome.word)
        if settlement.outcome is EventOutcome.PARKED and settlement.defects:
            words[Parked.word] += len(settlement.defects)
            for defect in settlement.defects:
                if defect.flow is not None:
                    self._count_of(defect.flow, Parked.word)
        if settlement.why is not None:
            words[settlement.why.word] += 1

    def _count_of(self, flow: str, word: str) -> None:
        counts = self._flows.get(flow)
        if counts is None:
            counts = self._flows[flow] = Counter()
        counts[word] += 1
