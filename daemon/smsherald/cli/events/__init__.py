"""Commands that bring events."""
