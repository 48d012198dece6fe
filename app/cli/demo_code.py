"""The verb `demo-code`: what the phone of a sample account would show now."""

from __future__ import annotations

import argparse
import sys
import time

import pyotp

from app.access.signing.factors import STEP_SECONDS
from app.cli import demo_folder
from app.cli.demo_folder import DemoError
from app.cli.serving import load_settings
from config import ROOT


def run(options: argparse.Namespace) -> int:
    """Print the code; raise DemoError for an account of whom none is asked."""
    settings = load_settings(options, default_home=ROOT / "instance-demo")
    accounts = demo_folder.read_accounts(settings.home)
    found = [each for each in accounts if each["user"] == options.username and each.get("secret")]
    if not found:
        raise DemoError(
            f"No sample account of {settings.home} is called {options.username} and needs a code."
        )
    left = STEP_SECONDS - int(time.time()) % STEP_SECONDS
    print(pyotp.TOTP(found[0]["secret"]).now(), flush=True)
    print(f"Good for {left} more seconds, once (还有 {left} 秒有效，限用一次).", file=sys.stderr)
    return 0
