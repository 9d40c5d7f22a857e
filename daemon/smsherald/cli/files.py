"""What to do instead where a file that a person names is not to be had: see `unit.why`."""

from __future__ import annotations

GIVE = "give it by `- < FILE`"
TAKE = "take it by `> FILE`"
PLACE = "name a place where that user may write, such as /tmp"
ONESELF = "run this one without sudo"
OWN = "name a folder of your own, which needs no sudo"
