"""`compose.yaml`: what it says, and all of it started on this machine where no Docker runs."""
