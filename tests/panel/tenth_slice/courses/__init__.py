"""A slice that exists only here: a folder, found like any other."""
