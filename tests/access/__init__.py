"""Access: who gets in, and what they may do."""
