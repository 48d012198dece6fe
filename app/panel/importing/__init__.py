"""Importing: a table that somebody kept elsewhere becomes records, checked first, written whole and undone as one."""
