"""The verb `test`: pytest with the project's own configuration."""

from __future__ import annotations

import argparse
import os

import pytest

from config import ROOT

HOW_MANY = ("-n", "--numprocesses", "--pdb", "--trace")


def run(options: argparse.Namespace) -> int:
    """Run the tests and return pytest's exit code; in two processes unless the arguments say how many."""
    arguments = list(options.extra)
    if not any(argument.startswith(HOW_MANY) for argument in arguments):
        # Files stay whole, so that what a file sets up is set up once, and in the order that tests/conftest.py gives.
        arguments = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *arguments]
    os.chdir(ROOT)
    return int(pytest.main(arguments))
