"""`smsherald check --live`: what stands outside, compared with what is needed."""
