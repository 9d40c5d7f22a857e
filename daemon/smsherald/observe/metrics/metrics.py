"""Prometheus metrics: every label is prepared at start, so that an event only looks up and adds.

Labels come from the configuration and from closed enums, never from an event. What can occur
starts at 0: an alert on an increase works before the first time.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Literal, TypeAlias, assert_never, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from smsherald import __version__
from smsherald.errors import Foreign, Reason, Standing
from smsherald.model import (
    Cause,
    Deferred,
    Duplicate,
    EventOutcome,
    Failed,
    Failure,
    Operation,
    Outcome,
    Parked,
    Pause,
    Result,
    Scope,
    Sent,
    Skipped,
    Unfinished,
)
from smsherald.observe.metrics.buckets import AGES, BATCHES, COMMITS, DURATIONS, REQUESTS
from smsherald.observe.metrics.labels import ENCODINGS, OUTCOMES, PAUSES, children
from smsherald.settle.notifications import ROUTING_KEYS
from smsherald.settle.port import Lengths

Connection: TypeAlias = Literal["consume", "publish"]

FOREIGN = "foreign"
"""The label of a reason that another version has written."""
NO_FLOW = ""
"""The label of an SMS whose flow is configured no longer; a flow's own id is never empty."""


class Metrics:
    """All that the daemon counts, on a registry of its own.

    `flows` are the ids of the configured flows. Every method may be called from any thread.
    """

    def __init__(self, flows: Collection[str]) -> None:
        # When each series began is one more series for every one, in what Prometheus stores.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # It is, in the library.
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)

        events = self._counter("events", "Deliveries by how they ended.", "outcome")
        self._events = {o: events.labels(o) for o in EventOutcome}
        self._ages = self._histogram(
            "event_age_seconds", "From when an event happened until it was settled.", AGES
        )
        self._durations = self._histogram(
            "event_duration_seconds", "From a delivery until it was settled.", DURATIONS
        )

        self._of_smses = self._counter("sms", "SMSes by what became of them.", "flow", "outcome")
        self._smses: dict[str, dict[str, Counter]] = {}
        reasons = self._counter(
            "sms_reasons", "SMSes that were not sent at once, by reason.", "reason"
        )
        self._reasons = children(reasons, (*Reason, FOREIGN))
        self._of_segments = self._counter(
            "sms_segments", "Segments of the SMSes sent, which Twilio bills.", "flow", "encoding"
        )
        self._segments: dict[str, dict[str, Counter]] = {}
        self.flows((*flows, NO_FLOW))
        self._in_flight = self._gauge("sms_in_flight", "SMSes between claim and record.")
        self._sent_twice = self._counter("sms_sent_twice", "SMSes that Twilio took a second time.")

        notifications = self._counter("notifications", "Confirmed notifications.", "type")
        self._notifications = children(notifications, ROUTING_KEYS)
        retries = self._counter(
            "retries", "SMSes for which their event went into a retry queue.", "reason"
        )
        self._retries = children(retries, Reason.of(Standing.DEFERRED))
        parked = self._counter("parked", "Copies put into the parked queue.", "reason")
        self._parked = children(parked, Reason.of(Standing.PARKED))

        requests = self._histogram(
            "twilio_request_duration_seconds",
            "Requests to Twilio, by what was asked and what its answer means.",
            REQUESTS,
            "operation",
            "result",
        )
        self._requests = {
            (o, r): requests.labels(o, r) for o in get_args(Operation) for r in get_args(Result)
        }
        failures = self._counter(
            "twilio_failures", "Requests to Twilio that came to nothing, by why.", "failure"
        )
        self._failures = children(failures, get_args(Failure))
        pauses = self._gauge("pauses", "What may not be sent for now.", "scope", "cause")
        self._pauses = {pair: pauses.labels(*pair) for pair in PAUSES}

        self._commits = self._histogram(
            "ledger_commit_duration_seconds", "One group commit of the ledger.", COMMITS
        )
        self._batches = self._histogram(
            "ledger_batch_rows", "Rows that one group commit wrote.", BATCHES
        )
        self._held = self._gauge("held_rows", "Rows that wait for a person's decision.")
        self._outbox = self._gauge("outbox_rows", "Facts that wait to be told.")
        self.unfinished(None)
        self._unresolved = self._gauge(
            "ledger_unresolved_rows", "Rows sending for longer than twice the quarantine."
        )

        self._waiting = self._gauge(
            "waiting_messages", "Messages ready in our queue and its retry queues."
        )
        self._in_parked = self._gauge("parked_messages", "Messages in the parked queue.")
        self.lengths(None)
        self._remade = self._counter(
            "sessions_remade", "Sessions made anew because nothing was settled any more."
        )
        connected = self._gauge(
            "broker_connected", "1 while the connection to the broker stands.", "connection"
        )
        self._connected = children(connected, get_args(Connection))
        self._successful = self._gauge(
            "config_last_reload_successful",
            "1 where the configuration that was read last is the one that holds.",
        )
        self._successful_at = self._gauge(
            "config_last_reload_success_timestamp_seconds",
            "When the configuration that holds was read.",
        )
        self._ready = self._gauge("ready", "1 where /readyz answers 200.")
        self._alive = self._gauge("alive", "1 where /livez answers 200.")
        self._doubts = self._gauge("doubts", "Why texts may not go out as is meant.")
        build = self._gauge(
            "build_info", "Always 1; the labels say what runs.", "version", "python"
        )
        build.labels(__version__, platform.python_version()).set(1)

    def flows(self, ids: Iterable[str]) -> None:
        """Count for these flows too; what was counted for another stays."""
        for flow in ids:
            if flow not in self._smses:
                self._smses[flow] = {o: self._of_smses.labels(flow, o) for o in OUTCOMES}
                self._segments[flow] = {e: self._of_segments.labels(flow, e) for e in ENCODINGS}

    def configured(self, now: float | None) -> None:
        """Say since when a configuration holds; None where one was refused and another holds."""
        self._successful.set(now is not None)
        if now is not None:
            self._successful_at.set(now)

    def event(self, outcome: EventOutcome, age: float, duration: float) -> None:
        """Count a settled delivery; `age` and `duration` in seconds."""
        self._events[outcome].inc()
        self._ages.observe(age)
        self._durations.observe(duration)

    def sms(self, flow: str, outcome: Outcome) -> None:
        """Count what became of an SMS, why, and what it cost in segments.

        A flow that could make no SMS counts as `Parked` with the defect's reason.
        """
        known = flow if flow in self._smses else NO_FLOW
        counts = self._smses[known]
        counts[outcome.word].inc()
        match outcome:
            case Sent():
                size = outcome.asked.segments
                self._segments[known][size.encoding].inc(size.count)
            case Failed() | Skipped() | Parked() | Deferred():
                reason = outcome.reason
                self._reasons[FOREIGN if isinstance(reason, Foreign) else reason].inc()
            case Duplicate():
                pass
            case _:
                assert_never(outcome)

    def in_flight(self, count: Callable[[], int]) -> None:
        """Let every scrape ask `count` how many SMSes are in flight."""
        self._in_flight.set_function(count)

    def sent_twice(self) -> None:
        """Count an SMS that turned out to have a second SID."""
        self._sent_twice.inc()

    def notified(self, routing_key: str) -> None:
        """Count a notification that the broker has confirmed."""
        self._notifications[routing_key].inc()

    def retried(self, reason: Reason) -> None:
        """Count an SMS for which its event went into a retry queue, once confirmed."""
        self._retries[reason].inc()

    def parked(self, reason: Reason) -> None:
        """Count a copy that the broker has confirmed in the parked queue."""
        self._parked[reason].inc()

    def twilio(self, operation: Operation, result: Result, seconds: float) -> None:
        """Observe one request to Twilio."""
        self._requests[operation, result].observe(seconds)

    def twilio_failed(self, failure: Failure) -> None:
        """Count a request to Twilio that came to nothing."""
        self._failures[failure].inc()

    def paused(self, holding: Callable[[], Iterable[Pause]]) -> None:
        """Let every scrape ask which pauses hold."""
        for pair, gauge in self._pauses.items():
            gauge.set_function(partial(_count, holding, pair))

    def committed(self, seconds: float, rows: int) -> None:
        """Observe one group commit."""
        self._commits.observe(seconds)
        self._batches.observe(rows)

    def unfinished(self, unfinished: Unfinished | None) -> None:
        """Say what of the ledger waits; None where nobody knows, which is shown as no number."""
        self._held.set(math.nan if unfinished is None else unfinished.held)
        self._outbox.set(math.nan if unfinished is None else unfinished.outbox)

    def unresolved(self, rows: int) -> None:
        """Say how many rows nobody has brought to an end in time."""
        self._unresolved.set(rows)

    def connected(self, connection: Connection, *, up: bool) -> None:
        """Say whether a connection to the broker stands."""
        self._connected[connection].set(up)

    def lengths(self, lengths: Lengths | None) -> None:
        """Say what waits in the broker; None where nobody knows, which is shown as no number."""
        self._waiting.set(math.nan if lengths is None else lengths.waiting)
        self._in_parked.set(math.nan if lengths is None else lengths.parked)

    def session_remade(self) -> None:
        """Count a session that was given up because nothing was settled any more."""
        self._remade.inc()

    def standing(
        self, *, ready: Callable[[], bool], alive: Callable[[], bool], doubts: Callable[[], int]
    ) -> None:
        """Let every scrape ask whether the daemon is ready, and alive, and what is in doubt."""
        self._ready.set_function(lambda: float(ready()))
        self._alive.set_function(lambda: float(alive()))
        self._doubts.set_function(lambda: float(doubts()))

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return the metrics and their content type, in the format that `Accept` asks for."""
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # The library fails on a version that is no number.
            encode, content_type = choose_encoder("")
        return encode(self._registry), content_type

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"smsherald_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"smsherald_{name}", text, labels, registry=self._registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            f"smsherald_{name}", text, labels, registry=self._registry, buckets=buckets
        )


def _count(holding: Callable[[], Iterable[Pause]], pair: tuple[Scope, Cause]) -> float:
    return float(sum((pause.target.scope, pause.cause) == pair for pause in holding()))
