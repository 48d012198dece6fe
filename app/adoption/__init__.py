"""Adoption: screens, rights and a record of changes for a database that a shop already has; nothing in it is altered."""
