"""The ledger's tables and statements, and the databases that hold them."""
