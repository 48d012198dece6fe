"""Methods: pure functions from a frame of facts to a frozen result, one kind of question a module."""
