"""Events published from the sandbox, where it was handed a way to, and what became of them."""
