"""What the demo shows on the terminal. Texts and numbers are in clear: they are samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.markup import escape
from rich.table import Table

from smsherald.cli.demo.endings import INSTEAD, Ending, endings
from smsherald.cli.demo.fates import IGNORED, why
from smsherald.cli.demo.samples import SAMPLES, Sample
from smsherald.cli.operate.terminal import Terminal
from smsherald.model import Deferred, EventOutcome, Settlement
from smsherald.sandbox.publishing.progress import Fate

_COLOURS = {
    "sent": "green",
    "failed": "red",
    "skipped": "yellow",
    "duplicate": "cyan",
    "parked": "magenta",
    "deferred": "yellow",
    "published": "green",
    "ignored": "dim",
    "unroutable": "red",
    "unsettled": "red",
}


class View:
    """Writes to stdout."""

    def __init__(self) -> None:
        self._console = Terminal(highlight=False)
        self._console.print("[bold]smsherald[/] shows what it does; nothing leaves this machine.\n")

    def settled(self, routing_key: str, settlement: Settlement) -> None:
        """Show one event with every text it became."""
        # A terminal breaks lines by itself; who reads a pipe finds an SID whole.
        print_ = partial(self._console.print, soft_wrap=True)
        for sms, outcome in settlement.results:
            asked = sms.asked
            to = f"{routing_key} → {asked.to}"
            print_(f"{_coloured(outcome.word)} {to} {sms.flow} {escape(why(outcome))}")
            print_(f"          [italic]“{escape(asked.text)}”[/]")
        for sms_event in settlement.published:
            word = Deferred.word if sms_event in settlement.returned else sms_event.word
            print_(f"{_coloured(word)} {routing_key} → {sms_event.routing_key} {sms_event.flow}")
        for defect in settlement.defects:
            of = f"{routing_key} {defect.flow}" if defect.flow else routing_key
            print_(f"{_coloured('parked')} {of} {defect.reason}: {escape(defect.detail)}")
        if settlement.outcome is EventOutcome.IGNORED:
            print_(f"{_coloured('ignored')} {routing_key} ({IGNORED})")

    def refused(self, routing_key: str, fate: Fate) -> None:
        """Show what no queue took."""
        self._console.print(f"[red]{fate.word}[/] {escape(routing_key)}: {fate.why}")

    def summary(self, rows: Sequence[tuple[Sample, Ending]]) -> bool:
        """Show the table of the samples; return whether each ended as it should."""
        shipped = all(sample.expected is not None for sample, _ in rows)
        title = "The samples" if shipped else "The events of your flows' tests"
        found = [(sample, endings(ending)) for sample, ending in rows]
        # Where each sample is one flow's, its routing key says which.
        several = any(len({each.flow for each in of_it}) > 1 for _, of_it in found)
        names = ("sample", "routing key", *(["flow"] if several else []), "outcome", "why")
        table = Table(*names, title=f"\n{title}")
        expected = True
        for sample, of_it in found:
            told = [escape(sample.title), sample.routing_key]
            for each in of_it:
                as_expected = each.outcome == (sample.expected or each.outcome)
                expected &= as_expected and (shipped or each.outcome not in INSTEAD)
                mark = "" if as_expected else f" [red](expected {sample.expected})[/]"
                flow = [escape(each.flow or "")] if several else []
                outcome = _coloured(each.outcome).strip() + mark
                table.add_row(*told, *flow, outcome, escape(each.why))
                told = ["", ""]
        self._console.print(table)
        if shipped and not expected:
            self._console.print("The samples are for the flows that are shipped; these are others.")
        return expected

    def addresses(self, daemon: str, sandbox: str) -> None:
        """Show where to look."""
        self._console.print(f"\nmetrics   {daemon}/metrics")
        self._console.print(f"status    {daemon}/")
        self._console.print(f"inbox     {sandbox}/")

    def invitation(self, sandbox: str, samples: Sequence[Sample]) -> None:
        """Show how a visitor publishes events."""
        body = (
            '\'{"number": "R1", "billing_address": {"firstname": "You", "phone": "+15558675311"}}\''
            if samples is SAMPLES
            else "@event.json"
        )
        self._console.print("\nPublish your own event on the inbox page, or from a shell:\n")
        self._console.print(
            f"  curl {sandbox}/events/{samples[0].routing_key} -d {body}",
            markup=False,
            soft_wrap=True,
        )
        self._console.print("\nCtrl-C ends the demo.\n")


def _coloured(outcome: str) -> str:
    return f"[{_COLOURS[outcome]}]{outcome:<9}[/]"
