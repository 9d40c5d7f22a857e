"""docs/recipes.md: the flows that stand there are those of the examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from smsherald.settings.yaml.reader import read_yaml

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "recipes.md").read_text()
FLOWS = REPOSITORY / "config" / "examples" / "flows"
SAID = re.findall(r"^```yaml\n(subscribe: .*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
LINKED = set(re.findall(r"\(\.\./config/examples/flows/([\w-]+\.yaml)\)", PAGE))


def flow(text: str) -> dict[str, Any]:
    data = read_yaml(text, "flow").data
    assert isinstance(data, dict)
    return {key: value for key, value in data.items() if key not in {"tests", "reference"}}


def test_each_flow_of_the_page_is_an_example_that_it_links_to() -> None:
    examples = [flow((FLOWS / name).read_text()) for name in LINKED]

    assert [text for text in SAID if flow(text) not in examples] == []
    # Of CloudEvents' two ways the page shows one.
    assert len(SAID) == len(LINKED) - 1


def test_each_section_says_whether_it_was_tried_or_read_and_where() -> None:
    sections = re.findall(r"^##+ (.*?)\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    publishers = [(name, text) for name, text in sections if "```" in text and name != "An outbox"]
    missing = [
        name
        for name, text in publishers
        if not (
            re.match(r"\nTried[.,].*<!-- run by the tests: ", text, re.DOTALL)
            or re.match(r"\nFrom documents: \[.*?\]\(https://", text)
        )
    ]

    # The flow of all plain clients stands before them.
    assert missing == ["Plain clients"]


def test_the_examples_name_sections_that_there_are() -> None:
    headings = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^##+ (.*)$", PAGE, re.MULTILINE)
    }
    named = {
        section
        for path in FLOWS.glob("*.yaml")
        for section in re.findall(r"docs/recipes\.md#([\w-]+)", path.read_text())
    }
    within = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))

    assert named | within <= headings
