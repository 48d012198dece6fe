"""The WSGI entry point for servers that import an application."""

from __future__ import annotations

import os

from app import create_app, make_ready
from config import load

application = make_ready(create_app(load(os.environ)))
