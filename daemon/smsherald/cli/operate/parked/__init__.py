"""`smsherald parked`: what waits for a person, and its way back or out."""
