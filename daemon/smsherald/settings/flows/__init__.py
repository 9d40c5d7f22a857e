"""Flow files into flows."""
