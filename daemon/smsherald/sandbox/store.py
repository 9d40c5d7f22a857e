"""All texts that the sandbox has taken, within a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from smsherald.sandbox.messages import Draft, Message, new_sid
from smsherald.sms import measure


class Store:
    """Keeps the newest `limit` texts in memory; the oldest are forgotten first."""

    def __init__(self, limit: int, delay: float) -> None:
        self._limit = limit
        self._delay = delay
        self._all: deque[Message] = deque()
        self._by_sid: dict[str, Message] = {}
        # Ordered by each recipient's newest text, so that the inbox need not sort.
        self._by_recipient: dict[str, deque[Message]] = {}
        self.accepted = 0
        self.forgotten = 0
        """How many are gone for want of room since the last `clear`."""

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._all)

    def accept(self, draft: Draft, now: float, lag: float = 0.0) -> Message:
        """Take a text; lists show it `lag` seconds later."""
        self.accepted += 1
        segments = measure(draft.text)
        message = Message(
            number=self.accepted,
            sid=new_sid(draft),
            account=draft.account,
            to=draft.to,
            sender=draft.sender,
            service=draft.service,
            text=draft.text,
            media=draft.media,
            encoding=segments.encoding,
            segments=segments.count,
            created=now,
            delay=self._delay,
            listed=now + lag,
            options=draft.options,
        )
        self._all.append(message)
        self._by_sid[message.sid] = message
        conversation = self._by_recipient.pop(message.to, None) or deque()
        conversation.append(message)
        self._by_recipient[message.to] = conversation
        if len(self._all) > self._limit:
            self._forget_oldest()
        return message

    def _forget_oldest(self) -> None:
        oldest = self._all.popleft()
        self.forgotten += 1
        del self._by_sid[oldest.sid]
        conversation = self._by_recipient[oldest.to]
        conversation.popleft()
        if not conversation:
            del self._by_recipient[oldest.to]

    def get(self, sid: str) -> Message | None:
        """Return a text by its SID."""
        return self._by_sid.get(sid)

    def newest_first(self, to: str | None) -> Iterator[Message]:
        """Go through all texts, or those to one recipient, from the newest to the oldest."""
        return reversed(self._all if to is None else self._by_recipient.get(to, deque()))

    def conversations(self) -> Iterator[tuple[str, deque[Message]]]:
        """Go through the recipients with their texts; who was texted last comes first."""
        return reversed(self._by_recipient.items())

    def clear(self) -> int:
        """Forget all texts; return how many there were."""
        forgotten = len(self._all)
        self.forgotten = 0
        self._all.clear()
        self._by_sid.clear()
        self._by_recipient.clear()
        return forgotten
