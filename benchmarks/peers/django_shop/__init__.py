"""The same rows under Django admin, set up as its documentation advises for large tables."""
