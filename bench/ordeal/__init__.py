"""What `chaos.py` is made of; the processes it starts are those of the tests (`support`)."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).parents[2] / "tests")
if TESTS not in sys.path:
    sys.path.append(TESTS)
