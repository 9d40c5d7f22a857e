"""YAML and environment into `Settings` and `Flow`s; every error with its place."""
