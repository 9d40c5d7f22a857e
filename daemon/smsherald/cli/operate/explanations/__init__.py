"""What reasons, Twilio's codes and HTTP statuses mean here; the sentences are data."""
