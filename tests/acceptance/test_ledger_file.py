"""The ledger's file vanishes under the daemon: it is brought back, and nothing is sent twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from acceptance.conftest import Shop
from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.ledgers import LedgerDatabase, made
from support.publishing import order
from support.waiting import eventually

BEFORE, MEANWHILE, LOAD = 3, 5, 1500


def ledger_of(daemon: Daemon) -> Path:
    return Path(daemon.settings["ledger"]["url"].removeprefix("sqlite:///"))


def not_ready(shop: Shop) -> str:
    answer = request(shop.daemon.url + "/readyz")
    return answer.text if answer.status == 503 else ""


def counted(daemon: Daemon) -> Counter[str]:
    """Count the lines of its log by what they say."""
    return Counter(line["message"] for line in daemon.log_lines())


def assert_each_once(shop: Shop, events: int) -> None:
    assert len({text["body"] for text in shop.sandbox.texts()}) == events
    assert shop.sandbox.count() == events


def sent(shop: Shop, texts: int) -> None:
    eventually(lambda: shop.sandbox.count() >= texts, within=60, what=f"{texts} texts went out")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(("",), marks=pytest.mark.long),
        pytest.param(("", "-wal", "-shm"), marks=pytest.mark.long),
    ],
)
def test_deleted_under_load_it_is_written_back_and_each_text_goes_out_once(
    shop: Shop, parts: tuple[str, ...]
) -> None:
    path = ledger_of(shop.daemon)
    for round_ in range(3):
        shop.publish([order(round_ * LOAD + number) for number in range(LOAD)])
        sent(shop, round_ * LOAD + LOAD // 10)
        for part in parts:
            path.with_name(path.name + part).unlink()
        sent(shop, (round_ + 1) * LOAD)
    shop.empty()
    shop.daemon.wait_ready()

    said = counted(shop.daemon)
    assert said["ledger_away"] == said["ledger_mended"] == said["ledger_back"] == 3
    assert_each_once(shop, 3 * LOAD)
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    assert counted(shop.daemon)["ledger_made"] == 0
    shop.publish([order(number) for number in range(3 * LOAD)])
    shop.settled(3 * LOAD)
    assert_each_once(shop, 3 * LOAD)


def test_deleted_and_ended_right_after_it_is_there_for_the_next_start(shop: Shop) -> None:
    path = ledger_of(shop.daemon)
    shop.publish([order(number) for number in range(LOAD)])
    sent(shop, LOAD // 10)
    path.unlink()
    assert shop.daemon.stop() == 0
    assert path.exists()

    shop.daemon.start()
    sent(shop, LOAD)
    shop.empty()

    assert counted(shop.daemon)["ledger_made"] == 0
    assert_each_once(shop, LOAD)


@pytest.mark.long
def test_deleted_under_two_daemons_both_go_on_with_one_file(shop: Shop, tmp_path: Path) -> None:
    path = ledger_of(shop.daemon)
    second = Daemon(tmp_path / "second", shop.url, shop.sandbox.url)
    second.settings["ledger"] = dict(shop.daemon.settings["ledger"])
    with second:
        for round_ in range(3):
            shop.publish([order(round_ * LOAD + number) for number in range(LOAD)])
            sent(shop, round_ * LOAD + LOAD // 10)
            path.unlink()
            sent(shop, (round_ + 1) * LOAD)
            for daemon in (shop.daemon, second):
                eventually(
                    lambda one=daemon, times=round_ + 1: counted(one)["ledger_mended"] == times,  # type: ignore[misc]
                    what="it is brought back",
                )
        shop.empty()

        assert_each_once(shop, 3 * LOAD)
        hows = [
            line["how"]
            for daemon in (shop.daemon, second)
            for line in daemon.log_lines()
            if line["message"] == "ledger_mended"
        ]
        assert len(hows) == 6
        assert hows.count(f"{path} had vanished, and was written back") == 3
        shop.daemon.wait_ready()
        second.wait_ready()


def test_replaced_nothing_is_sent_until_what_stands_there_is_gone(shop: Shop) -> None:
    path = ledger_of(shop.daemon)
    other = path.with_name("other.db")
    other.write_text("no database")
    shop.publish([order(number) for number in range(BEFORE)])
    shop.settled(BEFORE)
    other.replace(path)
    said = eventually(
        lambda: "which is a copy" in not_ready(shop) and not_ready(shop), what="it is not ready"
    )
    shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
    (kept,) = path.parent.glob("ledger.db.kept-*")

    assert said == (
        f"ledger: {path} is no ledger, not the file that was opened; nothing is sent until it is "
        f"back: move that away, or put in its place {kept}, which is a copy; "
        "the daemon waits for what ledger.url names, and takes another one by a restart\n"
    )
    assert shop.sandbox.count() == BEFORE
    assert path.read_text() == "no database"
    assert request(shop.daemon.url + "/livez").status == 200

    kept.rename(path)
    shop.daemon.wait_ready()
    sent(shop, BEFORE + MEANWHILE)
    shop.empty()

    assert_each_once(shop, BEFORE + MEANWHILE)
    assert counted(shop.daemon)["ledger_mended"] == 1
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
    shop.settled(BEFORE + MEANWHILE)

    assert shop.sandbox.count() == BEFORE + MEANWHILE


COMMANDS = (
    ["pause", "--all"],
    ["resume", "--all"],
    ["pauses"],
    ["ledger", "list"],
    ["ledger", "upgrade"],
)
"""What opens the ledger beside a daemon."""


def replaced_by_another(shop: Shop) -> tuple[Path, bytes]:
    """Put another ledger in the place of the daemon's; return where, and what it holds."""
    path = ledger_of(shop.daemon)
    other = path.with_name("other.db")
    with LedgerDatabase(f"sqlite:///{other}").storage() as storage:
        made(storage)
    other.replace(path)
    return path, path.read_bytes()


@pytest.mark.long
def test_replaced_nobody_reads_it_together_with_the_log_of_what_was_there(
    shop: Shop, tmp_path: Path
) -> None:
    shop.publish([order(number) for number in range(BEFORE)])
    shop.settled(BEFORE)
    path, other = replaced_by_another(shop)
    problem = f"{path}: is not the file that process {shop.daemon.running.pid} has open"
    for command in COMMANDS:
        done = smsherald(*command, "--config", str(shop.daemon.config), environment={})
        assert (done.returncode, problem in done.stderr) == (69, True), done
    second = Daemon(tmp_path / "second", shop.url, shop.sandbox.url)
    second.settings["ledger"] = dict(shop.daemon.settings["ledger"])
    second.start(ready=False)
    try:
        eventually(
            lambda: problem in request(second.url + "/readyz").text, what="the second daemon waits"
        )
        shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
        assert path.read_bytes() == other

        (kept,) = path.parent.glob("ledger.db.kept-*")
        kept.rename(path)
        for daemon in (shop.daemon, second):
            daemon.wait_ready()
        sent(shop, BEFORE + MEANWHILE)
        shop.empty()
    finally:
        second.kill()

    assert_each_once(shop, BEFORE + MEANWHILE)


def test_replaced_no_start_goes_on_with_what_stands_there(shop: Shop) -> None:
    shop.publish([order(number) for number in range(BEFORE)])
    shop.settled(BEFORE)
    path, other = replaced_by_another(shop)
    eventually(lambda: "which is a copy" in not_ready(shop), what="a copy is kept")
    (kept,) = path.parent.glob("ledger.db.kept-*")
    assert shop.daemon.stop() == 0
    shop.daemon.start(ready=False)

    assert shop.daemon.wait() == 78
    assert f"another ledger was in its place when {kept} was kept" in shop.daemon.stderr.read_text()
    assert path.read_bytes() == other

    kept.rename(path)
    shop.daemon.start()
    shop.publish([order(number) for number in range(BEFORE + MEANWHILE)])
    shop.settled(BEFORE + MEANWHILE)

    assert_each_once(shop, BEFORE + MEANWHILE)
