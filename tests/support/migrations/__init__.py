"""Made-up migrations from version 1 to version 2 of the ledger."""
