"""The settings that `init` writes: what must be set, and where the rest is said."""

from __future__ import annotations

from smsherald.cli.flows.begin.sketch import SCHEMA_LINE

SETTINGS = f"""\
{SCHEMA_LINE}.schema/settings.json
# What must be set. All else has a default: an editor with the schema above offers it, and
# docs/configuration.md of smsherald explains it. ${{…}} comes from the environment.

broker:
  url: ${{BROKER_URL:-amqp://guest:guest@localhost:5672//}}
  exchange: events          # the topic exchange that your systems publish to

twilio:
  accounts:
    default:
      account_sid: ${{TWILIO_ACCOUNT_SID}}
      auth_token: ${{TWILIO_AUTH_TOKEN}}
      from: ${{TWILIO_FROM}}  # a number, a short code, a name or MG… (Messaging Service)

default_region: US          # the country of numbers without one
"""
"""`smsherald.yaml`."""

SAMPLE = {
    "order": {
        "number": "R12345",
        "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
    }
}
"""The event of the flow that is made of no event."""
