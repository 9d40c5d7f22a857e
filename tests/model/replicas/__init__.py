"""A model of daemons that share a queue, searched state by state: their copies and their flows."""
