"""What is searched: the protocol as it is, and the protocol with one protection taken away."""

from __future__ import annotations

from dataclasses import replace

from model.state import Faults, Protection, Scenario
from model.values import NUMBER, SERVICE
from smsherald.model import OnUnknown

RESEND = {
    "the text expires": Scenario(
        on_unknown=OnUnknown.RESEND, faults=Faults(unknowns=1, expiries=1)
    ),
    "is refused the second time, or expires": Scenario(
        on_unknown=OnUnknown.RESEND, faults=Faults(unknowns=2, refusals=1, expiries=1)
    ),
    "is refused while the process is killed and the list fails": Scenario(
        on_unknown=OnUnknown.RESEND, faults=Faults(kills=1, unknowns=1, refusals=1, unlisted=1)
    ),
    "a resend whose attempts are counted": Scenario(
        on_unknown=OnUnknown.RESEND, attempts=1, faults=Faults(unknowns=1)
    ),
}
"""An SMS may be texted twice here."""

TWO = (NUMBER, NUMBER)

WHOLE = {
    "two kills, a lost connection, a refusal and a lost answer": Scenario(
        faults=Faults(kills=2, lost_connections=1, refusals=1, unknowns=1)
    ),
    "two equal texts; a kill and a lost connection": Scenario(
        TWO, faults=Faults(kills=1, lost_connections=1)
    ),
    "two equal texts; a kill and a lost answer": Scenario(TWO, faults=Faults(kills=1, unknowns=1)),
    "equal texts of a number and of its Messaging Service; a kill and a listing that fails": (
        Scenario((NUMBER, SERVICE), faults=Faults(kills=1, unlisted=1))
    ),
    "an event published twice; a kill, a lost connection and a refusal": Scenario(
        copies=2, faults=Faults(kills=1, lost_connections=1, refusals=1)
    ),
    "two lost answers, a listing that fails, a 429 and a lost connection": Scenario(
        faults=Faults(unknowns=2, unlisted=1, not_taken=1, lost_connections=1)
    ),
    "a text that expires and a template that changes; a kill, a lost answer and a 429": Scenario(
        faults=Faults(kills=1, unknowns=1, not_taken=1, expiries=1, new_texts=1)
    ),
    "two pauses of everything; a kill, a lost answer and a commit that nobody confirms": Scenario(
        faults=Faults(pauses=2, kills=1, unknowns=1, unconfirmed=1)
    ),
    "two equal texts and a pause; a lost connection": Scenario(
        TWO, faults=Faults(pauses=1, lost_connections=1)
    ),
    "two commits that nobody confirms; a kill, a lost answer and a refusal": Scenario(
        faults=Faults(kills=1, unknowns=1, refusals=1, unconfirmed=2)
    ),
    "attempts are counted; a kill, a lost answer and a 429": Scenario(
        attempts=2, faults=Faults(kills=1, unknowns=1, not_taken=1)
    ),
    "a person sends again what failed; a kill and two refusals": Scenario(
        faults=Faults(kills=1, refusals=2, replays=1)
    ),
    "all times to the tick; a kill, a lost answer and a listing that fails": Scenario(
        faults=Faults(kills=1, unknowns=1, unlisted=1), to_the_tick=True
    ),
    "two events of an SMS that is sent once; a kill and a refusal": Scenario(
        TWO, faults=Faults(kills=1, refusals=1), once=True
    ),
    "two events of an SMS that is sent once, and expires; a lost connection": Scenario(
        TWO, faults=Faults(lost_connections=1, expiries=1), once=True
    ),
    "on_unknown: hold; a kill, a lost connection, a lost answer and a refusal": Scenario(
        on_unknown=OnUnknown.HOLD,
        faults=Faults(kills=1, lost_connections=1, unknowns=1, refusals=1),
    ),
}
"""All that can be reached is gone through."""


def _gone(
    protection: Protection, faults: Faults, senders: tuple[str, ...] = (NUMBER,)
) -> tuple[Protection, Scenario]:
    return protection, Scenario(senders, faults=faults, without=protection)


TAKEN_AWAY = dict(
    [
        _gone(Protection.CLAIM, Faults(kills=1)),
        _gone(Protection.QUARANTINE, Faults(lost_connections=1)),
        _gone(Protection.SUM, Faults(unknowns=1)),
        _gone(Protection.FENCE, Faults(lost_connections=1)),
        _gone(Protection.LOOK_UP, Faults(unknowns=1)),
        _gone(Protection.KNOWN_SIDS, Faults(unknowns=1), TWO),
        _gone(Protection.FINGERPRINT_LOCK, Faults(kills=1), TWO),
        _gone(Protection.FINGERPRINT_WITHOUT_SENDER, Faults(kills=1), (NUMBER, SERVICE)),
        _gone(Protection.SINCE_KEPT, Faults(unknowns=1, unlisted=1)),
        _gone(Protection.POLICY_AFTER_CLAIM, Faults(unknowns=1, expiries=1)),
        _gone(Protection.STORED_TEXT, Faults(unknowns=1, new_texts=1)),
        _gone(Protection.SWAP_FOUND, Faults(kills=1, lost_connections=1), TWO),
        _gone(Protection.SWAP_FAILED, Faults(lost_connections=1, refusals=1)),
        (
            Protection.RESEND_LOOKED_UP,
            Scenario(
                on_unknown=OnUnknown.RESEND,
                faults=Faults(unknowns=1, refusals=1),
                without=Protection.RESEND_LOOKED_UP,
            ),
        ),
        _gone(Protection.TOLD_NAMED, Faults(refusals=1, replays=1)),
        _gone(Protection.BRAKE_COUNTED, Faults(pauses=1)),
        _gone(Protection.ADMISSION, Faults(pauses=1)),
        (
            Protection.ONCE_TOLD,
            Scenario(TWO, faults=Faults(refusals=1), without=Protection.ONCE_TOLD, once=True),
        ),
        _gone(Protection.WRITTEN_BY_US, Faults(lost_connections=1, expiries=1)),
    ]
)
"""The least that has to go wrong, where a protection is gone."""


def whole(gone: Scenario) -> Scenario:
    """Return the same scenario with the protection."""
    return replace(gone, without=None)
