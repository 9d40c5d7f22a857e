"""Commands about flows: nothing is sent."""
