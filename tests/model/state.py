"""The world of the model as one value: rows, broker, processes, Twilio, what outsiders heard.

There is no clock: the present is 0, what was lies below, and a tick moves everything down by 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from smsherald.model import Answer, OnUnknown, State

FENCE = 1
TIMEOUT = 1
LATE_ACCEPT = 1
LISTING_LAG = 1
SHORTEST = FENCE + TIMEOUT + LATE_ACCEPT + LISTING_LAG
QUARANTINE = SHORTEST + 1
"""In ticks, as the five before: longer than the sum of the four."""


PAST = -1
"""The claim number of a notification whose SMS a person has sent again since."""


class Protection(Enum):
    """What can be taken away, each with what is done in its place."""

    CLAIM = "no claim: Twilio is asked by whoever has a delivery of an SMS that has not ended"
    QUARANTINE = "no quarantine: a row that is sending is taken over at once"
    SUM = "a quarantine one tick shorter than what it must cover"
    FENCE = "no fence: Twilio is asked however long ago the claim was"
    LOOK_UP = "no look-up: what is taken over is sent again"
    KNOWN_SIDS = "a look-up takes a text whose SID a row has already"
    FINGERPRINT_LOCK = "equal texts do not wait for each other"
    FINGERPRINT_WITHOUT_SENDER = "equal texts wait for each other only if their sender is one"
    SINCE_KEPT = "take-over moves `since`"
    POLICY_AFTER_CLAIM = "policy is asked before the claim, and ends what it does not want"
    STORED_TEXT = "a look-up looks for the text as it is rendered now"
    SWAP_FOUND = "what a look-up found is recorded though the row is no longer ours"
    SWAP_FAILED = "a refusal is recorded though the row is no longer ours"
    RESEND_LOOKED_UP = "what is refused when it is sent again is recorded so, unasked"
    TOLD_NAMED = "what is told marks its SMS, however that has ended by then"
    BRAKE_COUNTED = "a claim does not say which pauses it met: what admission knew is believed"
    ADMISSION = "nobody asks admission: all that a pause stops is claimed"
    ONCE_TOLD = "what came to nothing is another event's of the same `once` before that is told"
    WRITTEN_BY_US = "an answer that stands in the row is taken for ours, whichever claim wrote it"


class Phase(IntEnum):
    """What a process does next with its delivery."""

    CLAIM = 0
    SEND = 1
    WAIT = 2
    LIST = 3
    SIFT = 4
    RECORD = 5
    PUBLISH = 6
    TELL = 7
    ACK = 8


class Row(NamedTuple):
    """An SMS in the ledger."""

    state: State
    number: int
    since: int
    claimed_at: int
    text: int
    sid: int | None = None
    result: tuple[tuple[str, object], ...] = ()
    """The pairs of what was written: an answer that is recorded again is compared with them."""
    told: bool = False
    event: int = 0
    """Which event made it, where that may be another than the first."""


class Claim(NamedTuple):
    """What a process was given: Fresh, or TakenOver where `since` says from when to look.

    One that is sent again is Fresh, and has a `since` too.
    """

    number: int
    claimed: int
    text: int
    since: int | None = None
    resend: bool = False
    brake: int = 0
    """How often operators had paused when it was written."""
    paused: bool = False
    """Whether a pause held then."""


class Delivery(NamedTuple):
    """An event in the queue."""

    event: int
    attempt: int


class Notice(NamedTuple):
    """A notification of how an SMS ended; SID or claim number say which end of its row it tells."""

    outcome: str
    id: str
    sid: int | None
    number: int | None


class Worker(NamedTuple):
    """A process of its own, with one delivery; `session` says whether its broker still knows it."""

    delivery: Delivery
    phase: Phase
    session: bool = True
    claim: Claim | None = None
    left: int = 0
    """While it waits for Twilio: for how many ticks its request may still be taken."""
    listed: tuple[int, ...] = ()
    answer: Answer | None = None
    """What is to be recorded; while Twilio's list is read, what a second request was refused by."""
    publishes: Notice | Delivery | None = None
    knew: int = 0
    """How often operators had paused, as far as admission knew."""


class Request(NamedTuple):
    """A request that nobody waits for any more, and that Twilio may take for `left` ticks."""

    event: int
    text: int
    left: int


class Message(NamedTuple):
    """A text that Twilio took; its place is its SID."""

    event: int
    text: int
    created: int | None
    """None once a row has it: every look-up leaves it out then."""


class Faults(NamedTuple):
    """How often each thing may still go wrong."""

    kills: int = 0
    lost_connections: int = 0
    unknowns: int = 0
    refusals: int = 0
    not_taken: int = 0
    unlisted: int = 0
    unconfirmed: int = 0
    replays: int = 0
    expiries: int = 0
    new_texts: int = 0
    pauses: int = 0


NO_FAULTS = Faults()


class World(NamedTuple):
    """All there is at one moment."""

    rows: tuple[Row | None, ...]
    second_sids: tuple[tuple[int, int], ...]
    """Event and SID. A row whose SID another has shows it from here."""
    queue: tuple[Delivery, ...]
    workers: tuple[Worker, ...]
    requests: tuple[Request, ...]
    messages: tuple[Message, ...]
    told: tuple[tuple[Notice, ...], ...]
    """What outsiders were told of each SMS."""
    text: int
    """How the template reads now."""
    expired: bool
    faults: Faults
    brake: int = 0
    """How often operators have paused: the ledger counts it."""
    paused: bool = False

    def place(self, event: int) -> int:
        """Return the place of an event's row: where there is one row, it is that of all."""
        return min(event, len(self.rows) - 1)


@dataclass(frozen=True)
class Scenario:
    """What is searched: an SMS for each sender, all with one text to one number."""

    senders: tuple[str, ...] = ("+15550100",)
    copies: int = 1
    faults: Faults = NO_FAULTS
    without: Protection | None = None
    on_unknown: OnUnknown = OnUnknown.LOOKUP
    attempts: int | None = None
    """How many attempts are told apart; None: none."""
    workers: int = 2
    to_the_tick: bool = False
    """See `ticks.later`."""
    once: bool = False
    """All events have one SMS."""

    @property
    def quarantine(self) -> int:
        """Return the quarantine in ticks."""
        match self.without:
            case Protection.QUARANTINE:
                return 0
            case Protection.SUM:
                return SHORTEST - 1
            case _:
                return QUARANTINE

    def start(self) -> World:
        """Return the world before anything happened: every event published, `copies` times."""
        events = range(len(self.senders))
        queue = tuple(Delivery(event, 0) for event in events for _ in range(self.copies))
        rows = 1 if self.once else len(events)
        nothing = ((),) * rows
        return World(
            (None,) * rows, (), queue, (), (), (), nothing, 0, expired=False,
            faults=self.faults,
        )  # fmt: skip


class Step(NamedTuple):
    """One thing that may happen, as `search.Move`."""

    says: str
    world: World
    fault: bool = False
