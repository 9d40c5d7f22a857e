"""Flows that publish to each other in a circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.configuration import SETTINGS, write

PUBLISHES = """\
subscribe: {subscribe}
to: "{{{{ event.body.phone }}}}"
message: Hi
publish: {publish}
tests: []
"""


@pytest.mark.parametrize(
    ("flows", "found"),
    [
        pytest.param(
            {"mine": ("a.*", "b.x"), "there": ("b.#", "c"), "back": ("c", "a.b")},
            {"back": "mine, there", "mine": "there, back", "there": "back, mine"},
            id="by way of others",
        ),
        pytest.param(
            {"mine": ("[{exchange: events, key: d}]", "d")}, {"mine": ""}, id="by our exchange"
        ),
        pytest.param(
            {"mine": ("a", "b"), "there": ("[{exchange: shop, key: b}, {key: b, type: x}]", "a")},
            {},
            id="not by another exchange, or a name",
        ),
        pytest.param({"mine": ("a", "b"), "there": ("b", "c")}, {}, id="an end"),
    ],
)
def test_flows_that_would_never_end_are_refused(
    flows: dict[str, tuple[str, str]], found: dict[str, str], here: Path
) -> None:
    texts = {
        name: PUBLISHES.format(subscribe=subscribe, publish=publish)
        for name, (subscribe, publish) in flows.items()
    }
    settings = write(here, SETTINGS, **texts)
    said = []
    try:
        load(settings, {})
    except ConfigurationError as error:
        said = list(map(str, error.problems))

    assert said == [
        f"flows/{name}.yaml:4:10: publish: what is published comes back to the flow"
        f"{by and f', by way of {by}'}: it would never end"
        for name, by in found.items()
    ]
