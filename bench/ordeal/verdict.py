"""What happened beside what should have: a pure comparison."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ordeal.events import Planned, Wanted, unversioned
from support.publishing import Notification

HELD = "sms.held"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures count SMSes unless they say otherwise."""

    wanted: int
    """SMSes that should be sent; those that Twilio refuses are `refused`."""
    refused: int
    sent: int
    """Wanted texts that Twilio has."""
    lost: int
    duplicated: int
    """Texts that Twilio has beyond those that were wanted."""
    told: int
    untold: int
    two_ids: int
    two_outcomes: int
    repeated: int
    """Notifications that came again under the same id: a receiver drops them."""
    held: int
    """How often an SMS was held, until a person decided."""
    held_untold: int
    versions: int
    """Versions of the flows that made a text."""
    unexpected: Mapping[str, int] = field(default_factory=dict)
    """All else that should not be, in words, and how often."""

    def broken(self) -> list[str]:
        """Say which promises were broken, a sentence each."""
        said = {
            "{} texts were lost.": self.lost,
            "{} texts were sent twice.": self.duplicated,
            "{} SMSes were not told.": self.untold,
            "{} times nobody was told that an SMS is held.": self.held_untold,
            "{} SMSes were told under two ids.": self.two_ids,
            "{} SMSes were told with two outcomes.": self.two_outcomes,
        }
        sentences = [sentence.format(count) for sentence, count in said.items() if count]
        return sentences + [f"Unexpected: {what} ({n})." for what, n in self.unexpected.items()]


def judge(
    events: Sequence[Planned],
    texts: Iterable[Mapping[str, Any]],
    notifications: Iterable[Notification],
    unexpected: Counter[str],
    *,
    refused: Collection[int] = (),
    held: Counter[tuple[str, str]] | None = None,
) -> Verdict:
    """Compare all that was published with all that Twilio has, and all that was told.

    `texts` are Twilio's Message resources, `unexpected` is what is known already; no text may be of
    one of the versions `refused`. `held` says how often each SMS was held, by flow and reference.
    """
    held = held or Counter()
    wanted = [each for event in events for each in event.wanted]
    to_send = Counter((each.to, each.text) for each in wanted if each.outcome == "sms.sent")
    sids: dict[tuple[str, str], set[str]] = defaultdict(set)
    unexpected = unexpected.copy()
    versions: Counter[int] = Counter()
    for text in texts:
        wanted_text, version = unversioned(text["body"])
        versions[version] += 1
        sids[text["to"], wanted_text].add(text["sid"])
    if wrong := sum(versions[version] for version in refused):
        unexpected["texts of a version that was refused"] += wrong
    if strangers := sum(len(there) for text, there in sids.items() if text not in to_send):
        unexpected["texts that nobody wanted"] += strangers
    notifications = list(notifications)
    ended = [each for each in notifications if each.routing_key != HELD]
    told = _by_sms(wanted, ended, unexpected)
    said = _held(each for each in notifications if each.routing_key == HELD)
    if more := (said - held).total():
        unexpected["sms.held of what nobody has seen held"] += more
    _compare_sids(told, sids, unexpected)
    return Verdict(
        wanted=to_send.total(),
        refused=len(wanted) - to_send.total(),
        sent=sum(min(count, len(sids[text])) for text, count in to_send.items()),
        lost=sum(max(0, count - len(sids[text])) for text, count in to_send.items()),
        duplicated=sum(max(0, len(sids[text]) - count) for text, count in to_send.items()),
        told=sum(1 for heard in told.values() if heard),
        untold=sum(1 for heard in told.values() if not heard),
        two_ids=sum(1 for heard in told.values() if len({each.id for each in heard}) > 1),
        two_outcomes=sum(
            1 for heard in told.values() if len({each.routing_key for each in heard}) > 1
        ),
        repeated=sum(len(heard) - len({each.id for each in heard}) for heard in told.values()),
        held=held.total(),
        held_untold=(held - said).total(),
        versions=len(+versions),
        unexpected=dict(unexpected),
    )


def _held(notifications: Iterable[Notification]) -> Counter[tuple[str, str]]:
    """Count the facts that SMSes are held, each once, by flow and reference."""
    facts = {each.id: each.event["data"] for each in notifications}
    return Counter((data["flow"], data["reference"]) for data in facts.values())


def _by_sms(
    wanted: Iterable[Wanted], notifications: Iterable[Notification], unexpected: Counter[str]
) -> dict[Wanted, list[Notification]]:
    """Give every notification to its SMS; what is no SMS's, or says another end, is unexpected."""
    told: dict[Wanted, list[Notification]] = {each: [] for each in wanted}
    by_name = {(each.reference, each.flow): each for each in told}
    for notification in notifications:
        data = notification.event["data"]
        sms = by_name.get((data["reference"], data["flow"]))
        if sms is None:
            unexpected[f"{notification.routing_key} of no SMS"] += 1
            continue
        told[sms].append(notification)
        if notification.routing_key != sms.outcome:
            why = data["reason"] or "no reason"
            unexpected[f"{notification.routing_key} ({why}) instead of {sms.outcome}"] += 1
    return told


def _compare_sids(
    told: Mapping[Wanted, Sequence[Notification]],
    sids: Mapping[tuple[str, str], set[str]],
    unexpected: Counter[str],
) -> None:
    """Find SIDs that are not the text's, and SIDs that two SMSes claim."""
    owners: dict[str, set[Wanted]] = defaultdict(set)
    for sms, heard in told.items():
        for sid in {each.event["data"]["message_sid"] for each in heard} - {None}:
            owners[sid].add(sms)
            if sid not in sids.get((sms.to, sms.text), ()):
                unexpected["notifications with a SID that is not the text's"] += 1
    if shared := sum(1 for smses in owners.values() if len(smses) > 1):
        unexpected["SIDs that two SMSes claim"] += shared
