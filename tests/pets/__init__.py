"""Tests of pets."""
