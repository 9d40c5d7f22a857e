"""The daemon as a process: it starts, ends and starts again."""

from __future__ import annotations

from support.daemon import Daemon


def test_a_daemon_that_was_asked_to_end_ends_with_0_and_may_start_again(daemon: Daemon) -> None:
    daemon.start()
    assert daemon.stop() == 0
    daemon.start()

    assert daemon.fds() > 0
