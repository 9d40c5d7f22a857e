"""What a Python team would write or pick instead: each file is a consumer of its own.

Each does for an event what the daemon does, less the ledger, the metrics and the log line.
None is slowed down on purpose; each is the usual way of its libraries.
"""
