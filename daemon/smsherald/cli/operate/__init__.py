"""Commands for who runs the daemon."""
