"""What is asked on channels of its own, for the answer may close them."""
