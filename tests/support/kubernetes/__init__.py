"""What `kubernetes/` renders to, and what is checked of it."""
