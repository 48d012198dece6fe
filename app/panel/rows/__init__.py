"""The records that belong to another one, as rows in its form: read, saved with it and shown."""
