"""AsyncAPI's own parser, which says whether a document is one: package-lock.json pins it."""
