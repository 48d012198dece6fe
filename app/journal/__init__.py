"""The journal: what changed in every record, when, by whom and why, written with the change itself."""
