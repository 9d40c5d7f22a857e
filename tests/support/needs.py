"""What a test needs of the machine, and pip does not bring."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str, package: str) -> str:
    """Return the path of a program; without it the test skips at home and fails in CI.

    `name` is looked up on the PATH unless it is a path; `package` is Debian's, for the message.
    """
    path = shutil.which(name)
    if path is None:
        lacks(f"{name} is not installed: apt-get install {package} (scripts/test does)")
    return path


def lacks(message: str) -> NoReturn:
    """Skip the test at home, and fail it in CI: there all must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
