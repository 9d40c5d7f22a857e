"""What a client of the Messages API sends."""

from __future__ import annotations

ACCOUNT = "AC" + "1" * 32
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SENDER = "+15005550006"
RECIPIENT = "+15558675309"
TEXT = {"To": RECIPIENT, "From": SENDER, "Body": "Hi Ann."}
