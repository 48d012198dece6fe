"""Messages to people: written in the business transaction, sent by the worker."""
