"""An upgrade that takes its time in the middle."""
