"""API keys: programs that call the API on behalf of the person who made the key, with less than that person may do."""
