"""The command `demo`: all of it in one process."""
