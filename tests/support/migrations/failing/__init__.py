"""An upgrade that fails at its end."""
