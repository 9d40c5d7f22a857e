"""Made-up migrations from this version of the ledger to the next, whichever that is, and back."""
