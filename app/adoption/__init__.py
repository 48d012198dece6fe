"""Adoption: screens, rights and a journal for a database that a shop already has; nothing in it is altered."""
