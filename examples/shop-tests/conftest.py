"""Tells pytest of the fixture `herald`."""

pytest_plugins = ["smsherald.pytest_plugin"]
