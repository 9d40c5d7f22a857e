"""HTTP for people and machines that watch the daemon."""
