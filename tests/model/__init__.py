"""A model of the ledger's protocol, searched state by state."""
