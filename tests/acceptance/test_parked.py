"""What is parked comes again, whatever becomes of the command, and each text goes out once."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from acceptance.conftest import QUEUE, Shop
from support.command import clean
from support.process import COMMAND
from support.publishing import order
from support.waiting import eventually

PARKED = f"{QUEUE}.parked"
WRONG = "{{ order.nr }}"


def replaying(shop: Shop, *options: str) -> subprocess.Popen[str]:
    arguments = ["parked", "replay", "--config", str(shop.daemon.config), *options]
    return subprocess.Popen(
        [COMMAND, *arguments],
        env=clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def parked(shop: Shop) -> int:
    depth = shop.rabbit.depth(shop.vhost, PARKED)
    return depth.ready + depth.unacked


def mend(shop: Shop) -> None:
    flow = shop.daemon.flows / "order-created.yaml"
    flow.write_text(flow.read_text().replace(WRONG, "{{ order.number }}"))
    shop.daemon.running.send_signal(signal.SIGHUP)
    eventually(
        lambda: any(line["message"] == "reloaded" for line in shop.daemon.log_lines()),
        what="it reloads",
    )


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(300, marks=pytest.mark.takes(20), id="some"),
        pytest.param(10_000, marks=pytest.mark.long, id="many"),
    ],
)
def test_a_replay_may_be_interrupted_killed_and_made_twice_at_once(shop: Shop, events: int) -> None:
    flow = shop.daemon.flows / "order-created.yaml"
    flow.write_text(flow.read_text().replace("{{ order.number }}", WRONG))
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    shop.publish([order(number) for number in range(events)])
    eventually(lambda: parked(shop) == events, within=120, what="all are parked")
    mend(shop)

    slow = replaying(shop, "--all", "--rate", str(events / 10))
    eventually(lambda: shop.sandbox.count() >= events / 20, what="some come again")
    slow.send_signal(signal.SIGINT)
    said = slow.communicate(timeout=60)[1]
    assert slow.returncode == 130
    interrupted = parked(shop)
    assert f"interrupted after {events - interrupted:,}; run it again to go on" in said

    killed = replaying(shop, "--all", "--rate", str(events / 10))
    eventually(lambda: parked(shop) < interrupted - events / 20, what="more come again")
    killed.kill()
    killed.communicate(timeout=60)
    left = parked(shop)
    assert 0 < left < interrupted

    filtered = replaying(shop, "--reference", "R1", "--reason", "not_json")
    assert filtered.communicate(timeout=60)[0].startswith("0 brought again")
    both = [replaying(shop, "--all"), replaying(shop, "--all")]
    for each in both:
        each.communicate(timeout=180)
    # Who came later may have found that the other has them all.
    assert 0 in [each.returncode for each in both]
    eventually(lambda: shop.sandbox.count() >= events, within=120, what="all are sent")
    shop.empty(within=60)

    assert parked(shop) == 0
    time.sleep(1)
    assert len({text["body"] for text in shop.sandbox.texts()}) == shop.sandbox.count() == events
