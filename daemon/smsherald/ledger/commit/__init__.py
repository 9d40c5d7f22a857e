"""Group commit: what many ask for, decided and written in one transaction."""
