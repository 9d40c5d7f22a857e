"""The inbox page: the texts as the phones that got them would show them."""
