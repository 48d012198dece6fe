"""Pets: the animals of a pet shop's customers and their vaccinations."""
