"""Twilio's part of the settings: accounts, and what is decided on its error codes."""
