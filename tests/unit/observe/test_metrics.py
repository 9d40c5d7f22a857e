"""Metrics: what is counted, under which names, and what a scraper can read of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as plain

from smsherald import __version__
from smsherald.errors import Foreign, Reason, Standing
from smsherald.model import (
    Cause,
    Deferred,
    Duplicate,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Pause,
    Scope,
    Skipped,
    Target,
    Unfinished,
)
from smsherald.observe.metrics import Metrics
from smsherald.settle.port import Lengths
from smsherald.sms import asked
from support.examples import ASKED, SENT

# Name and labels of everything that is promised to dashboards and alerts.
PROMISED = {
    "smsherald_events": {"outcome"},
    "smsherald_event_age_seconds": set(),
    "smsherald_event_duration_seconds": set(),
    "smsherald_sms": {"flow", "outcome"},
    "smsherald_sms_reasons": {"reason"},
    "smsherald_sms_segments": {"flow", "encoding"},
    "smsherald_sms_in_flight": set(),
    "smsherald_sms_sent_twice": set(),
    "smsherald_notifications": {"type"},
    "smsherald_retries": {"reason"},
    "smsherald_parked": {"reason"},
    "smsherald_twilio_request_duration_seconds": {"operation", "result"},
    "smsherald_twilio_failures": {"failure"},
    "smsherald_pauses": {"scope", "cause"},
    "smsherald_ledger_commit_duration_seconds": set(),
    "smsherald_ledger_batch_rows": set(),
    "smsherald_ledger_unresolved_rows": set(),
    "smsherald_held_rows": set(),
    "smsherald_outbox_rows": set(),
    "smsherald_waiting_messages": set(),
    "smsherald_parked_messages": set(),
    "smsherald_sessions_remade": set(),
    "smsherald_broker_connected": {"connection"},
    "smsherald_config_last_reload_successful": set(),
    "smsherald_config_last_reload_success_timestamp_seconds": set(),
    "smsherald_ready": set(),
    "smsherald_alive": set(),
    "smsherald_doubts": set(),
    "smsherald_build_info": {"version", "python"},
}

PAUSE = Pause(Target(Scope.ACCOUNT, "default"), Cause.REFUSED, "20003", 0.0)


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics(["order-created", "sms"])
    metrics.lengths(Lengths(0, 0, 0))
    metrics.unfinished(Unfinished(0, {}, 0))
    return metrics


def openmetrics(text: str) -> Iterable[Metric]:
    """Parse the newer format; its parser raises on what the standard forbids."""
    parsed = openmetrics_parser.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # It is, in the library.
    return cast("Iterable[Metric]", parsed)


def families(metrics: Metrics) -> dict[str, Metric]:
    """Return what a scraper reads, without the process's own metrics."""
    body, _ = metrics.render()
    return {f.name: f for f in plain(body.decode()) if f.name.startswith("smsherald_")}


def value(metrics: Metrics, sample: str, **labels: str) -> float:
    """Return one sample's value; exactly one must carry these labels."""
    found = [
        s.value
        for family in families(metrics).values()
        for s in family.samples
        if s.name == sample and labels == {k: v for k, v in s.labels.items() if k in labels}
    ]
    assert len(found) == 1
    return found[0]


def changed(metrics: Metrics, act: Callable[[], None]) -> dict[str, float]:
    """Return the counters' samples that `act` changed, as `name{labels}`, with the change."""

    def samples() -> dict[str, float]:
        return {
            f"{s.name}{{{','.join(f'{k}={v}' for k, v in sorted(s.labels.items()))}}}": s.value
            for family in families(metrics).values()
            if family.type in {"counter", "gauge"}
            for s in family.samples
        }

    before = samples()
    act()
    return {name: now - before[name] for name, now in samples().items() if now != before[name]}


class TestNames:
    """They are an interface: dashboards and alerts break where one changes."""

    def test_the_names_are_the_promised_ones(self, metrics: Metrics) -> None:
        assert set(families(metrics)) == set(PROMISED)

    @pytest.mark.parametrize("name", PROMISED)
    def test_the_labels_are_the_promised_ones(self, metrics: Metrics, name: str) -> None:
        labels = {frozenset(s.labels) - {"le"} for s in families(metrics)[name].samples}

        assert labels == {frozenset(PROMISED[name])}

    @pytest.mark.parametrize("name", PROMISED)
    def test_every_metric_says_what_it_is(self, metrics: Metrics, name: str) -> None:
        assert re.fullmatch(r"[A-Z1].*\.", families(metrics)[name].documentation)

    def test_the_build_is_there(self, metrics: Metrics) -> None:
        assert value(metrics, "smsherald_build_info", version=__version__) == 1

    def test_the_process_is_there(self, metrics: Metrics) -> None:
        body, _ = metrics.render()

        assert b"\nprocess_open_fds " in body
        assert b"\nprocess_resident_memory_bytes " in body


class TestStart:
    """What can occur is 0 before it does: an alert on an increase works the first time."""

    @pytest.mark.parametrize(
        ("sample", "label", "values"),
        [
            ("smsherald_events_total", "outcome", EventOutcome),
            ("smsherald_sms_reasons_total", "reason", frozenset(Reason) | {"foreign"}),
            ("smsherald_retries_total", "reason", Reason.of(Standing.DEFERRED)),
            ("smsherald_parked_total", "reason", Reason.of(Standing.PARKED)),
            (
                "smsherald_notifications_total",
                "type",
                ["sms.sent", "sms.failed", "sms.skipped", "sms.held", "sms.parked"],
            ),
            ("smsherald_broker_connected", "connection", ["consume", "publish"]),
            (
                "smsherald_twilio_failures_total",
                "failure",
                [
                    *["timeout", "reset", "no_connection", "no_address", "tls"],
                    *["http_4xx", "http_429", "http_5xx", "http_other"],
                ],
            ),
            ("smsherald_pauses", "scope", ["all", "account", "sender", "country", "flow"]),
            ("smsherald_pauses", "cause", ["operator", "refused", "unanswered", "full"]),
        ],
    )
    def test_every_value_of_a_closed_list_is_there(
        self, metrics: Metrics, sample: str, label: str, values: Iterable[str]
    ) -> None:
        found = {
            s.labels[label]: s.value
            for family in families(metrics).values()
            for s in family.samples
            if s.name == sample
        }

        assert found == {str(v): 0 for v in values}

    def test_every_reason_has_a_place(self) -> None:
        assert [reason for reason in Reason if not reason.standing] == []

    def test_every_flow_has_every_outcome(self, metrics: Metrics) -> None:
        samples = families(metrics)["smsherald_sms"].samples

        assert {(s.labels["flow"], s.labels["outcome"]) for s in samples} == {
            (flow, outcome)
            for flow in ("order-created", "sms", "")
            for outcome in ("sent", "failed", "skipped", "duplicate", "parked", "deferred")
        }

    def test_every_request_can_end_in_every_way(self, metrics: Metrics) -> None:
        samples = families(metrics)["smsherald_twilio_request_duration_seconds"].samples

        assert len({(s.labels["operation"], s.labels["result"]) for s in samples}) == 3 * 4


class TestCounting:
    """Each method counts what it says, and nothing else."""

    @pytest.mark.parametrize("outcome", EventOutcome)
    def test_an_event_counts_by_its_outcome(self, metrics: Metrics, outcome: EventOutcome) -> None:
        assert changed(metrics, lambda: metrics.event(outcome, age=2, duration=0.2)) == {
            f"smsherald_events_total{{outcome={outcome}}}": 1
        }
        assert value(metrics, "smsherald_event_age_seconds_sum") == 2
        assert value(metrics, "smsherald_event_duration_seconds_sum") == pytest.approx(0.2)

    @pytest.mark.parametrize(
        ("outcome", "word", "reason"),
        [
            (Duplicate(SENT), "duplicate", None),
            (Failed(ASKED, Reason.BAD_RECIPIENT, 21614, 0, 1), "failed", "bad_recipient"),
            (Skipped(ASKED, Reason.EXPIRED, 0, 1), "skipped", "expired"),
            (Parked(Reason.IDENTITY_CONFLICT, ""), "parked", "identity_conflict"),
            (Deferred(Reason.RATE_LIMITED, 3), "deferred", "rate_limited"),
            (Failed(ASKED, Foreign("of_a_later_version"), 9, 1.0, 1), "failed", "foreign"),
            (Skipped(ASKED, Foreign("of_a_later_version"), 1.0, 1), "skipped", "foreign"),
        ],
    )
    def test_an_sms_counts_by_its_outcome_and_its_reason(
        self, metrics: Metrics, outcome: Outcome, word: str, reason: str | None
    ) -> None:
        expected = {f"smsherald_sms_total{{flow=sms,outcome={word}}}": 1.0}
        if reason:
            expected[f"smsherald_sms_reasons_total{{reason={reason}}}"] = 1

        assert changed(metrics, lambda: metrics.sms("sms", outcome)) == expected

    @pytest.mark.parametrize(
        ("text", "encoding", "count"),
        [("a" * 160, "gsm7", 1), ("a" * 161, "gsm7", 2), ("ж" * 71, "ucs2", 2)],
        ids=["one", "one too long for one", "Cyrillic"],
    )
    def test_a_sent_sms_counts_its_segments(
        self, metrics: Metrics, text: str, encoding: str, count: int
    ) -> None:
        sent = replace(
            SENT, asked=asked("default", ASKED.account_sid, ASKED.sender, ASKED.to, text)
        )

        assert changed(metrics, lambda: metrics.sms("order-created", sent)) == {
            "smsherald_sms_total{flow=order-created,outcome=sent}": 1,
            f"smsherald_sms_segments_total{{encoding={encoding},flow=order-created}}": count,
        }

    def test_a_flow_that_is_gone_makes_no_label_and_is_counted_all_the_same(
        self, metrics: Metrics
    ) -> None:
        assert changed(metrics, lambda: metrics.sms("gone", SENT)) == {
            "smsherald_sms_total{flow=,outcome=sent}": 1,
            "smsherald_sms_segments_total{encoding=gsm7,flow=}": 1,
        }

    def test_what_is_in_flight_is_asked_at_every_scrape(self, metrics: Metrics) -> None:
        running = [object()]
        metrics.in_flight(lambda: len(running))
        assert value(metrics, "smsherald_sms_in_flight") == 1

        running.clear()
        assert value(metrics, "smsherald_sms_in_flight") == 0

    def test_health_is_asked_at_every_scrape(self, metrics: Metrics) -> None:
        well = {"ready": True, "alive": False, "doubts": 0}
        metrics.standing(
            ready=lambda: bool(well["ready"]),
            alive=lambda: bool(well["alive"]),
            doubts=lambda: well["doubts"],
        )
        before = [value(metrics, f"smsherald_{what}") for what in well]
        well |= {"ready": False, "alive": True, "doubts": 2}

        assert before == [1, 0, 0]
        assert [value(metrics, f"smsherald_{what}") for what in well] == [0, 1, 2]

    def test_the_rest_counts_one_each(self, metrics: Metrics) -> None:
        def act() -> None:
            metrics.notified("sms.sent")
            metrics.retried(Reason.UNKNOWN)
            metrics.parked(Reason.NOT_JSON)
            metrics.sent_twice()
            metrics.unresolved(7)
            metrics.unfinished(Unfinished(held=4, parked={"poison": 9}, outbox=3))
            metrics.connected("publish", up=True)
            metrics.paused(lambda: [PAUSE, PAUSE])
            metrics.twilio_failed("tls")
            metrics.lengths(Lengths(ready=5, retrying=3, parked=2))
            metrics.session_remade()

        assert changed(metrics, act) == {
            "smsherald_notifications_total{type=sms.sent}": 1,
            "smsherald_retries_total{reason=unknown}": 1,
            "smsherald_parked_total{reason=not_json}": 1,
            "smsherald_sms_sent_twice_total{}": 1,
            "smsherald_ledger_unresolved_rows{}": 7,
            "smsherald_held_rows{}": 4,
            "smsherald_outbox_rows{}": 3,
            "smsherald_broker_connected{connection=publish}": 1,
            "smsherald_pauses{cause=refused,scope=account}": 2,
            "smsherald_twilio_failures_total{failure=tls}": 1,
            "smsherald_waiting_messages{}": 8,
            "smsherald_parked_messages{}": 2,
            "smsherald_sessions_remade_total{}": 1,
        }

    def test_what_nobody_knows_is_no_number(self) -> None:
        metrics = Metrics([])
        before = value(metrics, "smsherald_waiting_messages")
        metrics.lengths(Lengths(ready=5, retrying=3, parked=2))
        metrics.lengths(None)
        rows = value(metrics, "smsherald_held_rows")

        assert math.isnan(before)
        assert math.isnan(rows)
        assert math.isnan(value(metrics, "smsherald_waiting_messages"))
        assert math.isnan(value(metrics, "smsherald_parked_messages"))

    def test_a_lost_connection_is_0_again(self, metrics: Metrics) -> None:
        metrics.connected("consume", up=True)
        metrics.connected("consume", up=False)

        assert value(metrics, "smsherald_broker_connected", connection="consume") == 0

    def test_a_request_is_observed_under_what_was_asked_and_answered(
        self, metrics: Metrics
    ) -> None:
        metrics.twilio("create", "refused", 0.15)

        sample = "smsherald_twilio_request_duration_seconds_bucket"
        labels = {"operation": "create", "result": "refused"}
        assert value(metrics, sample, le="0.1", **labels) == 0
        assert value(metrics, sample, le="0.2", **labels) == 1

    def test_a_commit_is_observed_with_its_rows(self, metrics: Metrics) -> None:
        metrics.committed(0.004, rows=18)

        assert value(metrics, "smsherald_ledger_commit_duration_seconds_sum") == 0.004
        assert value(metrics, "smsherald_ledger_batch_rows_sum") == 18


class TestReload:
    """Which configuration holds, and the flows that it brings."""

    def test_a_new_flow_starts_at_0_and_what_others_have_counted_stays(
        self, metrics: Metrics
    ) -> None:
        skipped = Skipped(ASKED, Reason.EXPIRED, 0.0, 1)
        metrics.sms("sms", skipped)
        metrics.flows(["order-created", "new"])
        metrics.sms("sms", skipped)

        assert value(metrics, "smsherald_sms_total", flow="new", outcome="sent") == 0
        assert value(metrics, "smsherald_sms_segments_total", flow="new", encoding="ucs2") == 0
        assert value(metrics, "smsherald_sms_total", flow="sms", outcome="skipped") == 2

    def test_one_that_is_refused_leaves_the_time_of_the_one_that_holds(
        self, metrics: Metrics
    ) -> None:
        seen = []
        for now in (1_750_000_000.0, None, 1_750_000_060.0):
            metrics.configured(now)
            seen += [
                value(metrics, "smsherald_config_last_reload_successful"),
                value(metrics, "smsherald_config_last_reload_success_timestamp_seconds"),
            ]

        assert seen == [1, 1_750_000_000, 0, 1_750_000_000, 1, 1_750_000_060]


class TestRendering:
    """Both formats, by what the scraper asks for."""

    def test_two_daemons_in_one_process_do_not_share(self) -> None:
        one, other = Metrics(["sms"]), Metrics(["sms"])
        one.event(EventOutcome.HANDLED, 1, 1)

        assert value(other, "smsherald_events_total", outcome="handled") == 0

    def test_openmetrics_is_given_where_it_is_asked_for(self, metrics: Metrics) -> None:
        body, content_type = metrics.render("application/openmetrics-text; version=1.0.0")

        assert content_type.startswith("application/openmetrics-text; version=1.0.0")
        names = {f.name for f in openmetrics(body.decode())}
        assert set(PROMISED) <= names

    @pytest.mark.parametrize(
        "accept",
        [
            "",
            "*/*",
            "text/html",
            "text/plain; version=abc",
            "application/openmetrics-text; version=",
        ],
    )
    def test_anything_else_gets_a_format_that_parses(self, metrics: Metrics, accept: str) -> None:
        body, content_type = metrics.render(accept)

        parse = openmetrics if "openmetrics" in content_type else plain
        assert set(PROMISED) <= {f.name for f in parse(body.decode())}

    def test_a_series_is_not_doubled_by_when_it_began(self, metrics: Metrics) -> None:
        body, _ = metrics.render()

        assert b"_created" not in body
