"""Signing in: sessions, second factors, one-time links, and the counters that slow guessing down."""
