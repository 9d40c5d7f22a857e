"""`smsherald preview`: what each flow makes of an event."""
