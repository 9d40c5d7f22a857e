"""The shipped dashboard: that it is what its program writes, that Grafana knows all of it."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.dashboard import DASHBOARD, document, panels, queries
from support.prometheus import promtool
from support.queries import scraped, selectors

GENERATED = DASHBOARD.with_suffix(".py")


def lost(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Say what of ours is not theirs."""
    match ours:
        case dict():
            for key, value in ours.items():
                if key in theirs:
                    yield from lost(value, theirs[key], f"{path}.{key}")
                else:
                    yield f"{path}.{key}"
        case list():
            for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
                yield from lost(mine, other, f"{path}[{number}]")
        case _ if ours != theirs:
            yield f"{path}: {ours!r} is {theirs!r}"


def as_grafana_reads_it(dashboard: dict[str, Any]) -> Any:
    """Return it after it went through the types that are made of Grafana's own schema."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: PLC0415 - takes half a second
    from grafana_foundation_sdk.cog.plugins import register_default_plugins  # noqa: PLC0415 - the same
    from grafana_foundation_sdk.models.dashboard import Dashboard  # noqa: PLC0415 - the same

    register_default_plugins()
    return json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))


def test_it_is_what_its_program_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    # As Python has it where the program is started.
    monkeypatch.syspath_prepend(str(GENERATED.parent))
    made = runpy.run_path(str(GENERATED))["dashboard"]()

    assert document() == made


def test_grafanas_schema_has_a_place_for_every_key() -> None:
    assert list(lost(document(), as_grafana_reads_it(document()))) == []


@pytest.mark.parametrize(
    "place", ["", "panels.1", "panels.1.targets.0", "panels.8.fieldConfig.defaults.custom"]
)
def test_a_key_that_grafana_does_not_know_would_be_found(place: str) -> None:
    changed = document()
    at: Any = changed
    for step in filter(None, place.split(".")):
        at = at[int(step)] if step.isdigit() else at[step]
    at["misspelt"] = 1

    assert [path.rpartition(".")[2] for path in lost(changed, as_grafana_reads_it(changed))] == [
        "misspelt"
    ]


def test_no_two_panels_have_one_id_or_one_place() -> None:
    every = document()["panels"]
    cells = [
        (x, y)
        for panel in every
        for grid in [panel["gridPos"]]
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]

    assert len({panel["id"] for panel in every}) == len(every)
    assert len(set(cells)) == len(cells)
    assert {x for x, _ in cells} == set(range(24))


def test_every_panel_says_what_it_shows() -> None:
    assert [panel["title"] for panel in panels() if not panel["description"].endswith(".")] == []


def test_every_query_is_of_the_chosen_namespaces_jobs_and_instances() -> None:
    asked = {str(selector) for query in queries() for selector in selectors(query)}

    assert asked
    chosen = "namespace=~$namespace,job=~$job,instance=~$instance"
    assert [s for s in asked if chosen not in s] == []


def test_what_a_query_asks_for_is_there() -> None:
    known = scraped() | {name: {} for name in re.findall(r"process_\w+", " ".join(queries()))}
    for selector in {s for query in queries() for s in selectors(query)}:
        labels = known[selector.name]
        for matcher in selector.matchers[3:]:
            assert set(matcher.value.split("|")) <= labels[matcher.label], selector


def test_a_legend_names_labels_of_its_query() -> None:
    for panel in panels():
        for target in panel["targets"]:
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            grouped = re.search(r"by \(([\w, ]+)\)", target["expr"])
            labels = set(grouped[1].split(", ")) if grouped else {"instance", "connection"}

            assert named <= labels, panel["title"]


def test_every_query_can_be_read(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "1m")}
        for number, query in enumerate(queries())
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = promtool("check", "rules", file)

    assert done.returncode == 0, done.stderr
