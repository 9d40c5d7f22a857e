"""`tests` of a flow file: how they are written, where they stand, and what they find."""
