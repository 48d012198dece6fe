"""The declaration as a file: what a shop says of an adopted database, in YAML that a developer keeps with the code."""
