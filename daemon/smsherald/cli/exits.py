"""Exit codes, the same for every command: scripts rely on them."""

FAILED = 1
USAGE = 2
UNAVAILABLE = 69
"""A peer that the command needs cannot be reached (EX_UNAVAILABLE, sysexits(3))."""
CONFIGURATION = 78
"""Something that an operator must mend first (EX_CONFIG, sysexits(3))."""
INTERRUPTED = 130
"""Ctrl-C: 128 and the number of SIGINT, as shells have it."""
UNREAD = 141
"""Nobody reads what it prints any more (`| head`): the same of SIGPIPE."""
