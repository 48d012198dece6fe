"""Insight: reports that add up the facts of a book, the shop's own or an adopted database's."""
