"""`smsherald init`: a configuration to begin with, and a flow made from an event of one's own."""
