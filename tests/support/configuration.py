"""A configuration that is right, to be written to disk and broken by tests."""

from __future__ import annotations

from pathlib import Path

from support.texting import ACCOUNT as SID
from support.texting import SENDER

SETTINGS = f"""\
twilio:
  accounts:
    default:
      account_sid: {SID}
      auth_token: token
      from: "{SENDER}"
"""
"""What settings need at least."""

FLOW = """\
subscribe: order.created
schema: order
to: "{{ order.billing_address.phone }}"
message: "Order {{ order.number }}"
"""
"""What a flow needs at least."""

EXAMPLE = """\
broker:
  url: ${BROKER_URL:-amqp://guest:guest@localhost:5672//}
  exchange: events
  queue: smsherald
  declare: true
  unbind_after: 1d
  management: null
  concurrency: 200
  prefetch: 4x
  heartbeat: 10s
  max_body: 1MB
  drain: 25s
retry:
  tiers: [5s, 30s, 2m, 10m, 1h]
  attempts: 20
  max_age: 24h
twilio:
  default_account: default
  accounts:
    default:
      account_sid: ${TWILIO_ACCOUNT_SID}
      auth_token: ${TWILIO_AUTH_TOKEN}
      from: ${TWILIO_FROM}
      senders: []
      api_url: https://api.twilio.com
  timeout: 10s
  decisions: {}
  proxy: null
  account_from_parameters: false
ledger:
  retention: 30d
  on_unknown: lookup
  fence: 5s
  late_accept: 30s
  listing_lag: 30s
  skew: 10m
  quarantine: null
notifications:
  exchange: smsherald
  type_prefix: smsherald.
  mandatory: false
http:
  listen: 127.0.0.1:8790
  token: null
  public: null
policy:
  allow: []
  deny: []
log: {level: info, format: auto}
default_region: US
time_zone: UTC
identity: []
prices: {}
"""
"""Every setting there is, with its default; the account comes from the environment."""


def write(folder: Path, settings: str = SETTINGS, **flows: str) -> Path:
    """Write settings and flows (`order_created` is order-created.yaml); return the settings.

    They are named as from the working directory, where they lie below it: so messages do.
    """
    (folder / "flows").mkdir(exist_ok=True)
    for name, text in flows.items():
        (folder / "flows" / f"{name.replace('_', '-')}.yaml").write_text(text)
    path = folder / "smsherald.yaml"
    path.write_text(settings)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
