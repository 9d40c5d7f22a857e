"""What this process has seen of late: for a person who asks, and gone when it ends."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
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
_SAME = ("flow", "to", "sms", "reference", "reason", "detail", "twilio_code", "failure")


class Recent:
    """The last lines, the events that were put off and have not come again, an hour of outcomes.

    An event that is put off again and again for the same reason has one line among the last.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[int, Line] = OrderedDict()
        """By their number."""
        self._put_off: dict[str, tuple[int, Line]] = {}
        self._in_lines = self._in_put_off = 0
        """SMSes in them."""
        self._minutes: deque[tuple[int, Counter[str]]] = deque(maxlen=MINUTES)
        self.count = 0
        """How many there have ever been."""
        self._flows: dict[str, Counter[str]] = {}

    def settled(self, line: Line, settlement: Settlement) -> None:
        """Keep what was said of a delivery."""
        self.count += 1
        line = self._keep_put_off(line, settlement)
        self._lines[self.count] = line
        self._in_lines += line.size
        while self._in_lines > LINES and len(self._lines) > 1:
            self._in_lines -= self._lines.popitem(last=False)[1].size
        minute = int(line.at // 60)
        if not self._minutes or minute > self._minutes[-1][0]:
            self._minutes.append((minute, Counter()))
        self._count(self._minutes[-1][1], settlement)

    def _keep_put_off(self, line: Line, settlement: Settlement) -> Line:
        """Keep it if it is put off; return it with how often it was, for the same reason."""
        if (event_id := line.event_id) is None:
            return line
        before = self._put_off.pop(event_id, None)
        if before is not None:
            self._in_put_off -= before[1].size
        if settlement.outcome is EventOutcome.DEFERRED:
            if before is not None and _why(before[1]) == _why(line):
                line = self._instead(*before, line)
            self._put_off[event_id] = self.count, line
            self._in_put_off += line.size
            while self._in_put_off > PUT_OFF and len(self._put_off) > 1:
                self._in_put_off -= self._put_off.pop(next(iter(self._put_off)))[1].size
        return line

    def _instead(self, number: int, before: Line, line: Line) -> Line:
        """Let a line stand for the one before, too."""
        if self._lines.pop(number, None) is not None:
            self._in_lines -= before.size
        since = before.at if before.since is None else before.since
        return replace(line, times=before.times + 1, since=since)

    def lines(self, most: int = LINES) -> Sequence[Line]:
        """Return the last lines, the newest first."""
        return list(islice(reversed(self._lines.values()), most))

    def about(self, wanted: str) -> Sequence[Line]:
        """Return what is known of an event id, a reference or a SID, the oldest first."""
        return self._where(lambda line: line.is_about(wanted))

    def of_events(self, ids: Collection[str]) -> Sequence[Line]:
        """Return what is known of events by their ids, the oldest first."""
        return self._where(lambda line: line.event_id in ids)

    def _where(self, chosen: Callable[[Line], bool]) -> Sequence[Line]:
        older = [
            line
            for number, line in self._put_off.values()
            if number not in self._lines and chosen(line)
        ]
        return older + [line for line in self._lines.values() if chosen(line)]

    @property
    def identities(self) -> Mapping[str, Mapping[str, int]]:
        """Count the last lines' events by the rules that told them apart, by routing key."""
        counted: dict[str, Counter[str]] = {}
        seen: set[tuple[str, str | None]] = set()
        for line in self._lines.values():
            key, rule = line.fields.get("routing_key"), line.identified_by
            if key is not None and rule is not None and (key, line.event_id) not in seen:
                seen.add((key, line.event_id))
                counted.setdefault(key, Counter())[rule] += 1
        return counted

    @property
    def put_off(self) -> Mapping[str, int]:
        """How many events were put off and have not come again since, by the first reason."""
        return Counter(
            str(next((part["reason"] for part in line.parts if part.get("reason")), "unknown"))
            for _, line in self._put_off.values()
        )

    @property
    def put_off_by_flow(self) -> Mapping[str, int]:
        """How many SMSes of each flow were put off and have not come again since."""
        return Counter(
            str(part["flow"])
            for _, line in self._put_off.values()
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


def _why(line: Line) -> list[tuple[object, ...]]:
    """Return what is the same of an event that is put off twice for the same reason."""
    return [tuple(map(part.get, _SAME)) for part in line.parts]
