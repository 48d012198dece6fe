"""Tests of the operations slice."""
