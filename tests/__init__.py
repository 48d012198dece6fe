"""The tests of Kebu; they mirror `app/`."""
