"""The WSGI entry point for servers that import an application."""

from __future__ import annotations

import os

from app import create_app
from config import load

application = create_app(load(os.environ))
