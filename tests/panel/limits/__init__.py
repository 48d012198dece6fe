"""Limits of fields, rows and branches, tried from every side."""
