"""The schema of one's own that docs/flows.md has, and the flow that uses it."""

from __future__ import annotations

import re

from support.daemon import REPOSITORY
from support.publishing import Publication

_PAGE = (REPOSITORY / "docs" / "flows.md").read_text()
_SECTION = _PAGE.split("\n### A schema of your own\n")[1].split("\n### ")[0]
MODULE, FLOW = (
    re.findall(rf"```{language}\n(.*?)```", _SECTION, re.DOTALL)[0]
    for language in ("python", "yaml")
)
DEARER = MODULE.replace("/ 100}", "/ 100 + 5}  # delivery")
"""The same module, changed: a basket costs 5 dollars more."""
FLOW_OF_DEARER = FLOW.replace("$15.00", "$20.00")
CHANGED = (
    "the code of shopschemas has changed, which a reload does not read: where {} finds nothing "
    "wrong, a restart takes it"
)


def basket(*cents: int) -> Publication:
    """Return the event of a basket that is paid."""
    lines = [{"sku": f"A{number}", "cents": each} for number, each in enumerate(cents)]
    return Publication("basket.paid", {"phone": "+15558675309", "lines": lines})


def text(dollars: int) -> str:
    """Return what the flow makes of one that costs so much."""
    return f"We have your ${dollars}.00, thank you!"
