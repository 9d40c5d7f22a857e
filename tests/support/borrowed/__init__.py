"""What we use of our libraries that they promise nobody: a table.

An upgrade of one makes its test red: read again what each line says of it, then say the version
in READ.
"""

from __future__ import annotations

from support.borrowed.broker import KOMBU_AND_AMQP
from support.borrowed.others import AIOHTTP_TWILIO_AND_JINJA2

READ = {
    "aiohttp": "3.14.5",
    "amqp": "5.4.2",
    "jinja2": "3.1.6",
    "kombu": "5.7.0",
    "twilio": "9.13.0",
}

TABLE = [*KOMBU_AND_AMQP, *AIOHTTP_TWILIO_AND_JINJA2]
