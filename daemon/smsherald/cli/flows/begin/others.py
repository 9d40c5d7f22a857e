"""Which flows that are there already text for the event that a new one is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from smsherald.cli.flows.begin.layout import flow_file
from smsherald.cli.flows.begin.making import Made
from smsherald.errors import ConfigurationError
from smsherald.flows.insight import Finding, look
from smsherald.settings.load import LoadedFlows, load_flows


def twice(made: Made, settings: Path, environ: Mapping[str, str]) -> list[str]:
    """Say of each flow beside the settings that it makes a text of the same event."""
    try:
        loaded = load_flows(settings, environ)
    except ConfigurationError:
        # `check` says what is wrong with the others; the new flow was tried without them.
        return []
    exchange = made.origin.exchange or loaded.flows.exchange
    event = replace(made.event, exchange=exchange)
    what = f"`{made.origin.key}`" if made.origin.key else "such events"
    return [
        f"flow `{flow.id}` ({_file(flow.id, loaded, settings)}) texts for {what} already: each "
        "event makes two texts, unless one flow's `when` leaves it to the other; one flow may do"
        for flow in loaded.flows
        if look(event, flow, loaded.flows.exchange).finding is Finding.MADE
    ]


def _file(flow: str, loaded: LoadedFlows, settings: Path) -> str:
    places = next((it for (of, _), it in loaded.tests.items() if of == flow), None)
    return str(settings.parent / flow_file(flow)) if places is None else places.test.file
