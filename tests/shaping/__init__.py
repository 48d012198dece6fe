"""Tests of own fields and own record types."""
