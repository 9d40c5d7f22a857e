"""`smsherald` with a defect: what is claimed after a pause goes out until somebody looks.

Run it with `python -P`: this folder must not shadow others' modules.
"""

from __future__ import annotations

from smsherald.cli.main import main
from smsherald.model import Fresh, Wait
from smsherald.policy.permit import Permit


def again(self: Permit, claim: Fresh) -> Wait | None:
    """Look at what is known by now, and not at the counter that the claim brings."""
    del claim
    return self._giver.since(self)


if __name__ == "__main__":
    # The product has no switch for it.
    Permit.again = again  # type: ignore[method-assign]
    main()
