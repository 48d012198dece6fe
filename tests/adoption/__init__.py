"""Adoption: databases made by others, read, shown and written as faithfully as by their own programs."""
