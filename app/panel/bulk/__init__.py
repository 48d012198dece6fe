"""Bulk edits: many chosen records changed at once, looked at before, undone as one after."""
