"""Makers of records for tests: what a test does not mention gets a plain value."""
