"""Jobs of the journal."""

UNDO_BATCH_PERMISSION = "journal:batch:undo"
