"""Another process on a ledger: `python -m support.ledger_process URL TASK …`.

`claim NAME` claims, says so in a line and waits to be killed. `race NAME COUNT` delivers COUNT
SMSes that another process delivers too, in both orders of its pairs of equal texts, and prints the
keys that it was the one to send, and how long its longest commit took.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace

from smsherald.errors import Reason
from smsherald.model import Accepted, Busy, Claim, Fresh
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, tells

TRIES = 1000


async def claim(database: LedgerDatabase, name: str) -> None:
    """Claim one SMS and do no more."""
    async with database.open("killed") as ledger:
        print(type(await ledger.claim(an_sms(name))).__name__, flush=True)  # noqa: T201
        await asyncio.sleep(600)


async def race(database: LedgerDatabase, name: str, count: int) -> None:
    """Send what the other process does not send first."""
    observed = Observed()
    sent: list[str] = []
    async with database.open(name, observed) as ledger:

        async def deliver(number: int) -> None:
            # Every text stands in two SMSes, which the two processes take in opposite orders.
            text = replace(an_sms().asked, text=f"Text {number // 2}")
            sms = an_sms(str(number), asked=text)
            answer: Claim = Busy(Reason.IN_FLIGHT, 0.0)
            for _ in range(TRIES):
                answer = await ledger.claim(sms)
                if not isinstance(answer, Busy):
                    break
                await asyncio.sleep(0.01)
            if isinstance(answer, Fresh):
                sent.append(sms.key)
                accepted = Accepted(a_sid(name + sms.key), "queued")
                await ledger.told([tells(sms, await ledger.record(answer, accepted))])

        numbers = range(count) if name == "one" else reversed(range(count))
        await asyncio.gather(*map(deliver, numbers))
    longest = max(seconds for seconds, _ in observed.commits)
    print(json.dumps({"sent": sent, "longest": longest, "troubles": observed.troubles}))  # noqa: T201


def main() -> None:
    """Do what the arguments say."""
    url, task, name, *rest = sys.argv[1:]
    database = LedgerDatabase(url)
    asyncio.run(claim(database, name) if task == "claim" else race(database, name, int(rest[0])))


if __name__ == "__main__":
    main()
