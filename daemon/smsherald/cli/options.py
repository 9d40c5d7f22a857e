"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The settings file, or its folder. Default: $SMSHERALD_CONFIG, "
        "./config/smsherald.yaml or /etc/smsherald/smsherald.yaml.",
        show_default=False,
    ),
]
