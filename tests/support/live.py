"""A live server and a real browser for tests that a person would do by hand."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from flask import Flask
from playwright.sync_api import sync_playwright
from waitress.server import create_server


def chromium_path() -> str | None:
    """Return the installed Chromium's path, None when there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium without a window; nothing is downloaded."""
    with sync_playwright() as playwright:
        # A container has neither the kernel rights for the sandbox nor a large /dev/shm.
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


class LiveServer:
    """An application behind waitress on a free port of this machine, in a thread of its own."""

    def __init__(self, app: Flask) -> None:
        # A browser asks for a page's parts all at once; that they wait in line is no news.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = create_server(app, host="127.0.0.1", port=0, threads=4)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()
        self._thread.join(timeout=10)
        self._server.task_dispatcher.shutdown()
