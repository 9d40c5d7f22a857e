"""The template language: what may stand in it, what it is rewritten to, and how that runs."""
