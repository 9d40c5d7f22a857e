"""What differs from run to run looks natural in a transcript, and is the same of every run."""

from __future__ import annotations

import socket

from support.transcript import blocks, fitted, natural, with_blocks, words

ONE = f"""b5a87294ee28  2026-03-01 10:00:02  held, by ann@{socket.gethostname()}
ecd3af7d50  2026-03-01
10:00:01  (4 s ago); next probe
in 3 s
b5a87294ee28 of /tmp/x-1/ledger.db, RabbitMQ 4.1.0-rc.1, again at 2026-03-01 10:10:02 (in 59 s)
"""
OTHER = """00000000aaaa  2026-04-09 23:00:01  held, by ann@shop
0123456789  2026-04-09 23:00:01  (now); the next
SMS is a probe
00000000aaaa of
/var/lib/y/ledger.db, RabbitMQ 3.10.8, again at 2026-04-09 23:10:01 (in 9 min)
"""


def test_ids_times_hosts_versions_and_places_become_what_they_always_are() -> None:
    assert natural(ONE) == (
        "5feceb66ffc8  2026-11-26 09:13:41  held, by ann@shop\n"
        "6b86b273ff  2026-11-26\n09:12:04  (4 min ago); next probe\nin 40 s\n"
        "5feceb66ffc8 of /var/lib/smsherald/ledger.db, RabbitMQ 3.13.7, "
        "again at 2026-11-26 09:15:18 (in 9 min)\n"
    )


def test_what_is_natural_stays_as_it_is() -> None:
    assert natural(natural(ONE)) == natural(ONE)


def test_two_runs_have_the_same_words_wherever_a_line_ends() -> None:
    assert words(ONE) == words(OTHER)
    assert words(ONE) != words(ONE.replace("held", "sent"))
    assert words(ONE) != words(OTHER.replace("00000000aaaa of", "00000000bbbb of"))


def test_a_line_that_a_longer_name_made_too_long_is_broken() -> None:
    assert fitted("one two three\n  four\nend", 12) == "one two\n  three four\nend"


def test_a_page_has_its_consoles_changed_and_nothing_else() -> None:
    page = "# A\n\n```console\n$ a\nold\n```\n\nb\n\n```sh\nc\n```\n"

    assert blocks(page) == ["$ a\nold\n"]
    assert with_blocks(page, ["$ a\nnew\n"]) == page.replace("old", "new")
