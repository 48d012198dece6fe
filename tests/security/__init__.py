"""Attacks on the whole house: what a thief, a guesser or a curious clerk tries, and what comes of it."""
