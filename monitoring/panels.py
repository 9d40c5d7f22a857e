"""What the dashboard shows: a panel is an entry of `ROWS`."""

from __future__ import annotations

from dataclasses import dataclass

HERE = '{namespace=~"$namespace", job=~"$job", instance=~"$instance"}'


@dataclass(frozen=True)
class Panel:
    """What is asked, and how its series are called; `unit` is one of Grafana's.

    HERE are the chosen namespaces, jobs and instances; without a namespace is what has none.
    """

    title: str
    queries: dict[str, str]
    description: str
    unit: str = "short"
    kind: str = "timeseries"
    stacked: bool = False


def rate(metric: str, by: str, more: str = "") -> str:
    """Return how many a second, by a label."""
    return f"sum by ({by}) (rate({metric}{here(more)}[$__rate_interval]))"


def here(more: str = "") -> str:
    """Return the conditions of all queries, and more."""
    return HERE if not more else HERE.replace("}", f", {more}}}")


def quantiles(histogram: str, by: str = "", more: str = "") -> dict[str, str]:
    """Return the median and what one in twenty and one in a hundred exceed."""
    labels = f"le, {by}" if by else "le"
    name = f"{{{{{by}}}}} " if by else ""
    return {
        f"{name}p{q[2:]:0<2}": (
            f"histogram_quantile({q}, "
            f"sum by ({labels}) (rate({histogram}_bucket{here(more)}[$__rate_interval])))"
        )
        for q in ("0.5", "0.95", "0.99")
    }


ROWS: dict[str, list[Panel]] = {
    "Now": [
        Panel(
            "Ready",
            {"{{instance}}": f"smsherald_ready{HERE}"},
            "1 where /readyz says yes.",
            kind="stat",
        ),
        Panel(
            "Alive",
            {"{{instance}}": f"smsherald_alive{HERE}"},
            "1 where /livez says yes.",
            kind="stat",
        ),
        Panel(
            "Paused",
            {"pauses": f"sum(smsherald_pauses{HERE})"},
            "What may not be sent for now.",
            kind="stat",
        ),
        Panel(
            "Waiting",
            {"waiting": f"max(smsherald_waiting_messages{HERE})"},
            "In the queue and its retry queues.",
            kind="stat",
        ),
        Panel(
            "Parked",
            {"parked": f"max(smsherald_parked_messages{HERE})"},
            "Events that wait for a person.",
            kind="stat",
        ),
        Panel(
            "Held",
            {"held": f"max(smsherald_held_rows{HERE})"},
            "Texts that wait for a person's decision.",
            kind="stat",
        ),
    ],
    "Traffic": [
        Panel(
            "Events",
            {"{{outcome}}": rate("smsherald_events_total", "outcome")},
            "Deliveries a second, by how they ended.",
            "ops",
            stacked=True,
        ),
        Panel(
            "Texts sent",
            {"{{flow}}": rate("smsherald_sms_total", "flow", 'outcome="sent"')},
            "Texts a second, by flow.",
            "ops",
            stacked=True,
        ),
        Panel(
            "Segments in a day",
            {"{{flow}}": f"sum by (flow) (increase(smsherald_sms_segments_total{HERE}[1d]))"},
            "What Twilio bills, of the last 24 hours.",
        ),
    ],
    "Outcomes": [
        Panel(
            "Texts",
            {"{{outcome}}": rate("smsherald_sms_total", "outcome")},
            "Texts a second, by what became of them.",
            "ops",
            stacked=True,
        ),
        Panel(
            "Reasons",
            {"{{reason}}": rate("smsherald_sms_reasons_total", "reason") + " > 0"},
            "Why texts failed, were skipped, parked or put off.",
            "ops",
        ),
        Panel(
            "Failed, of each flow",
            {
                "{{flow}}": rate("smsherald_sms_total", "flow", 'outcome="failed"')
                + " / "
                + rate("smsherald_sms_total", "flow", 'outcome=~"failed|sent"')
                + " >= 0"
            },
            "The share of what was tried that failed for good.",
            "percentunit",
        ),
    ],
    "Latency": [
        Panel(
            "Age of events",
            quantiles("smsherald_event_age_seconds"),
            "From when it happened until it was settled.",
            "s",
        ),
        Panel(
            "Handling",
            quantiles("smsherald_event_duration_seconds"),
            "From a delivery until it was settled.",
            "s",
        ),
        Panel(
            "In flight",
            {"{{instance}}": f"smsherald_sms_in_flight{HERE}"},
            "Texts between claim and record.",
        ),
    ],
    "Twilio": [
        Panel(
            "Requests",
            {
                "{{operation}} {{result}}": rate(
                    "smsherald_twilio_request_duration_seconds_count", "operation, result"
                )
            },
            "By what was asked and what the answer means.",
            "ops",
            stacked=True,
        ),
        Panel(
            "How long they take",
            quantiles("smsherald_twilio_request_duration_seconds", more='operation="create"'),
            "Requests that send a text.",
            "s",
        ),
        Panel(
            "Failures",
            {"{{failure}}": rate("smsherald_twilio_failures_total", "failure")},
            "Requests that came to nothing, and why.",
            "ops",
        ),
    ],
    "Ledger": [
        Panel(
            "Commits",
            quantiles("smsherald_ledger_commit_duration_seconds"),
            "How long one group commit takes.",
            "s",
        ),
        Panel(
            "Rows of a commit",
            quantiles("smsherald_ledger_batch_rows"),
            "How many rows one group commit writes.",
        ),
        Panel(
            "What waits in it",
            {
                "held": f"max(smsherald_held_rows{HERE})",
                "outbox": f"max(smsherald_outbox_rows{HERE})",
                "unresolved": f"max(smsherald_ledger_unresolved_rows{HERE})",
            },
            "Texts that wait for a decision, facts that are not told, texts of unknown fate.",
        ),
    ],
    "Queues": [
        Panel(
            "Messages",
            {
                "waiting": f"max(smsherald_waiting_messages{HERE})",
                "parked": f"max(smsherald_parked_messages{HERE})",
            },
            "In the queue and its retry queues, and in the parked queue.",
        ),
        Panel(
            "Put off",
            {"{{reason}}": rate("smsherald_retries_total", "reason") + " > 0"},
            "Texts whose event went into a retry queue.",
            "ops",
        ),
        Panel(
            "Parked",
            {"{{reason}}": f"sum by (reason) (increase(smsherald_parked_total{HERE}[1h])) > 0"},
            "In the hour before, by reason.",
        ),
    ],
    "Pauses": [
        Panel(
            "Pauses",
            {"{{scope}} {{cause}}": f"sum by (scope, cause) (smsherald_pauses{HERE})"},
            "What may not be sent, and who holds it up.",
        ),
        Panel(
            "Connections",
            {"{{instance}} {{connection}}": f"smsherald_broker_connected{HERE}"},
            "1 while the connection to RabbitMQ stands.",
        ),
        Panel(
            "Notifications",
            {"{{type}}": rate("smsherald_notifications_total", "type")},
            "What the broker has confirmed.",
            "ops",
        ),
    ],
    "Process": [
        Panel(
            "CPU",
            {"{{instance}}": f"rate(process_cpu_seconds_total{HERE}[$__rate_interval])"},
            "Of one core.",
            "percentunit",
        ),
        Panel(
            "Memory", {"{{instance}}": f"process_resident_memory_bytes{HERE}"}, "Resident.", "bytes"
        ),
        Panel("File descriptors", {"{{instance}}": f"process_open_fds{HERE}"}, "Open ones."),
        Panel(
            "Running for",
            {"{{instance}}": f"time() - process_start_time_seconds{HERE}"},
            "Since the process began.",
            "s",
            kind="stat",
        ),
        Panel(
            "Configuration read",
            {
                "{{instance}}": "1000 * "
                f"smsherald_config_last_reload_success_timestamp_seconds{HERE}"
            },
            "When the configuration that holds was read.",
            "dateTimeFromNow",
            kind="stat",
        ),
        Panel(
            "Version",
            {"{{version}}": f"count by (version) (smsherald_build_info{HERE})"},
            "How many processes run which version.",
            kind="stat",
        ),
    ],
}
