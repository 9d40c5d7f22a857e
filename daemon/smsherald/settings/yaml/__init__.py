"""YAML text into plain values, each with its place."""
