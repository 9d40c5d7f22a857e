"""What can be known of a publisher's event by looking at it."""
