"""Programs that a test needs and pip does not bring."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """Return the path of a program; without it the test skips at home and fails in CI.

    `name` is looked up on the PATH unless it is a path; `package` is Debian's, for the message.
    """
    if path := shutil.which(name):
        return path
    message = f"{name} is not installed: apt-get install {package} (scripts/test does)"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
