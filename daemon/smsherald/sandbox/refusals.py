"""How Twilio says no: a status, its own code, a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of Twilio's errors; the codes are those of its error dictionary."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, Any]:
        """Return it as Twilio's JSON shows it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


NOT_AUTHENTICATED = Refusal(401, 20003, "Authenticate")
TEST_CREDENTIALS = Refusal(403, 20008, "Resource not accessible with Test Account Credentials")
METHOD_NOT_ALLOWED = Refusal(405, 20004, "Method not allowed")
TOO_MANY_REQUESTS = Refusal(429, 20429, "Too Many Requests")
INTERNAL_ERROR = Refusal(500, 20500, "An internal server error has occurred")
UNAVAILABLE = Refusal(503, 20503, "Service unavailable")


def not_found(path: str) -> Refusal:
    """Return the refusal of a path behind which there is nothing, or nothing of this account."""
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def bad_parameter(name: str) -> Refusal:
    """Return the refusal of a parameter that cannot be read."""
    return Refusal(400, 20001, f"Parameter '{name}' is not valid")
