"""What becomes of a delivery: handled, told, and acked once all of it is confirmed. No I/O."""
