"""`smsherald tap`: copies of live events, as lines of JSON."""
