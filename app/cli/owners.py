"""The verbs `create-owner` and `rescue-owner`: the way in when nobody can sign in."""

from __future__ import annotations

import argparse
import getpass
import sys

from app import create_app
from app.access import accounts
from app.cli.serving import load_settings, prepare_database, prepare_home
from config import KnownFailure


class PasswordError(KnownFailure):
    """No usable password was typed."""


def run(options: argparse.Namespace) -> int:
    """Create or rescue an owner's account; the password is typed unseen or read from standard input."""
    settings = load_settings(options)
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    username = options.username or input("User name (用户名): ").strip()
    password = read_password(options.password_stdin)
    with app.app_context():
        if options.verb == "create-owner":
            accounts.create_owner(username, password, options.full_name or username)
        else:
            accounts.rescue_owner(username, password)
    print(f"{username} can sign in now with the new password and then sets up a phone for the second step.")
    return 0


def read_password(from_input: bool) -> str:
    """Return the password; raise PasswordError when it is empty or was typed differently the second time."""
    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password (密码): ")
        if getpass.getpass("Once more (再次输入): ") != password:
            raise PasswordError("The two passwords differ; try again.")
    if not password:
        raise PasswordError("A password is needed; type one, or pipe it in with --password-stdin.")
    return password
