"""Fixtures of the journal's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.core.kernel import Kernel
from tests.journal.arranging import EVERYTHING


@pytest.fixture
def allowed(app_on: Flask) -> Iterator[Callable[[frozenset[str]], None]]:
    """Return `allowed(names)`: from now on the acting person holds exactly these permissions; first everything."""
    kernel: Kernel = app_on.extensions["kebu"]
    before = kernel.granted_names

    def hold(names: frozenset[str]) -> None:
        kernel.granted_names = lambda: names

    hold(EVERYTHING)
    yield hold
    kernel.granted_names = before
