"""`smsherald pause`, `resume` and `pauses`: the brake."""
