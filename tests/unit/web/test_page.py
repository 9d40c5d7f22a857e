"""What the status page says before a browser has heard anything."""

from __future__ import annotations

import pytest
from aiohttp import encode_basic_auth

from smsherald.observe.health import Health
from smsherald.web.gate import shown
from smsherald.web.page import alternative, bars, figure, iso, utc
from smsherald.web.said import essence, said

DOUBTED = "But not all may be as is meant: see below."
REFUSED = "The last change of the configuration was refused; the one before it holds."


class TestPlots:
    """Small, and said in words too."""

    @pytest.mark.parametrize(
        ("counts", "path"),
        [
            ([], ""),
            ([0, 0], ""),
            ([1, 0, 2], "M0.5 20v-10M2.5 20v-20"),
            # What there was is seen beside whatever there was more of.
            ([1, 1000], "M0.5 20v-1M1.5 20v-20"),
        ],
    )
    def test_a_minute_is_a_bar(self, counts: list[int], path: str) -> None:
        assert bars(counts) == path

    def test_words_say_the_same(self) -> None:
        assert alternative([0, 0], "sent") == "sent: none in the last hour"
        assert alternative([1, 1000], "sent") == (
            "sent: 1,001 in the last hour, at most 1,000 in a minute"
        )


def test_what_nobody_knows_is_no_number() -> None:
    assert (figure(None), figure(0), figure(1204)) == ("not known", "0", "1,204")


def test_a_time_says_of_which_zone_it_is() -> None:
    assert utc(0) == "1970-01-01 00:00:00 UTC"
    assert iso(0) == "1970-01-01T00:00:00+00:00"


class TestVerdict:
    """Green means that it works."""

    @pytest.mark.parametrize(
        ("problem", "pauses", "tone", "headline"),
        [
            (None, [], "good", "Ready: texts go out."),
            (None, [{"scope": "flow"}], "held", "Ready, but some texts are paused: see below."),
            (
                None,
                [{"scope": "flow"}, {"scope": "all"}],
                "held",
                "Paused: nothing is sent; see below.",
            ),
            ("away", [{"scope": "all"}], "bad", "Not ready: see below."),
        ],
    )
    def test_it_is_the_worst_that_holds(
        self, problem: str | None, pauses: list[object], tone: str, headline: str
    ) -> None:
        health = Health(["broker"], lambda: 0.0)
        health.problem("broker", problem)
        verdict = said(health, lambda: {"pauses": pauses})

        assert (verdict["tone"], verdict["headline"]) == (tone, headline)

    @pytest.mark.parametrize(
        ("component", "headline"),
        [
            ("twilio", "Not ready: nothing is sent by account default; see below."),
            # What else is wrong comes first to whoever mends it.
            ("broker", "Not ready: see below."),
        ],
    )
    def test_an_account_that_alone_sends_nothing_is_named(
        self, component: str, headline: str
    ) -> None:
        health = Health(["broker", "twilio"], lambda: 0.0)
        for name in ("broker", "twilio"):
            health.problem(name, "away" if name == component else None)
        pauses = [
            {"scope": "account", "cause": "refused", "name": "default"},
            {"scope": "account", "cause": "operator", "name": "another"},
        ]

        assert said(health, lambda: {"pauses": pauses})["headline"] == headline

    @pytest.mark.parametrize(
        ("problem", "tone", "headline"),
        [(None, "held", "Ready: texts go out."), ("away", "bad", "Not ready: see below.")],
    )
    def test_a_configuration_that_is_refused_is_said_at_once(
        self, problem: str | None, tone: str, headline: str
    ) -> None:
        health = Health(["broker"], lambda: 0.0)
        health.problem("broker", problem)
        verdict = said(health, lambda: {"refused": "flows/order.yaml:3:1: unknown key"})

        assert (verdict["tone"], verdict["headline"]) == (
            tone,
            f"{headline} {REFUSED}",
        )

    @pytest.mark.parametrize(
        ("doubts", "refused", "beside"),
        [
            ([], None, ""),
            (["is BROKR_URL meant?"], None, f" {DOUBTED}"),
            (["is BROKR_URL meant?"], "it is wrong", f" {REFUSED} {DOUBTED}"),
        ],
    )
    def test_what_may_keep_texts_from_customers_is_not_good(
        self, doubts: list[str], refused: str | None, beside: str
    ) -> None:
        health = Health([], lambda: 0.0)
        health.note(lambda: ["a note"])
        health.doubt(lambda: doubts)
        verdict = said(health, lambda: {"refused": refused, "remarks": ["a remark"]})

        assert (verdict["tone"], verdict["headline"]) == (
            "held" if beside else "good",
            f"Ready: texts go out.{beside}",
        )
        assert verdict["notes"] == [*doubts, "a note", "a remark"]

    def test_what_does_not_work_comes_first(self) -> None:
        health = Health(["broker"], lambda: 0.0)
        health.doubt(lambda: ["is BROKR_URL meant?"])

        assert said(health, dict)["headline"] == "Not ready: see below."

    def test_what_stalls_is_not_ready(self) -> None:
        now = 0.0
        health = Health([], lambda: now)
        health.expect("loop", within=1)
        now = 2.0

        assert said(health, dict)["tone"] == "bad"


def test_that_time_goes_on_is_no_news_and_a_problem_is() -> None:
    now = 0.0
    health = Health(["broker"], lambda: now)
    health.problem("broker", None)
    before = essence(said(health, lambda: {"at": now, "parked": 1}))
    now = 5.0

    assert essence(said(health, lambda: {"at": now, "parked": 1})) == before
    assert essence(said(health, lambda: {"at": now, "parked": 2})) != before
    health.problem("broker", "away")
    assert essence(said(health, lambda: {"at": now, "parked": 1})) != before


@pytest.mark.parametrize(
    ("authorization", "token"),
    [
        ("", ""),
        ("Bearer", ""),
        ("Bearer abc", "abc"),
        ("BEARER  abc ", "abc"),
        (encode_basic_auth("user", "a:b"), "a:b"),
        (encode_basic_auth("", "abc"), "abc"),
        ("Basic !", ""),
        ("Basic //8=", ""),
        ("Digest abc", ""),
    ],
)
def test_a_token_is_shown_in_two_ways(authorization: str, token: str) -> None:
    assert shown(authorization) == token
