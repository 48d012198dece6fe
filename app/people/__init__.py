"""People: customers, their tags and the log of every contact with them."""
