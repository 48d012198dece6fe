"""Shaping: what a manager makes without code, fields of the shop's own and whole record types."""
