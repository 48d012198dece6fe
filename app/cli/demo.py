"""The verb `demo`: a sample shop in a folder of its own, seeded once and served."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import create_app, sample
from app.access.models import ShopSettings
from app.cli import demo_folder
from app.cli.demo_folder import DemoError, Marker
from app.cli.serving import load_settings, prepare_database, prepare_home, serve_until_stopped
from app.core import schema
from app.server import address, refuse_taken_port
from config import FILE_NAME, KEY_FILES, ROOT, Settings

SIZES = {"small": 2_000, "large": 100_000}
BAR_WIDTH = 30


def run(options: argparse.Namespace) -> int:
    """Serve the sample shop, after making it when it is not there yet or `--reset` asks for a new one."""
    settings = load_settings(options, default_home=ROOT / "instance-demo")
    refuse_taken_port(settings.host, settings.port)
    with demo_folder.sole_use(settings.home):
        prepare_home(settings.home)
        marker = demo_folder.read_marker(settings.home)
        if options.reset and marker is not None:
            reset(settings, marker)
            marker = None
        marker = choose(settings, marker, options.profile, options.size)
        app = make_shop(settings, marker)
        lines = describe(settings, demo_folder.read_accounts(settings.home))
        return serve_until_stopped(settings, lines, app if settings.workers == 1 else None)


def reset(settings: Settings, marker: Marker) -> None:
    """Delete what a demo made in its folder; refuse when it has become a real shop or lives elsewhere."""
    refuse_foreign_database(settings, "--reset deletes only the demo's own folder")
    if marker.seeded:
        refuse_real_shop(settings)
    demo_folder.empty(settings.home, keep=(FILE_NAME,))


def refuse_foreign_database(settings: Settings, told: str) -> None:
    """Raise DemoError when the database is not a file in the demo's folder."""
    if not is_in_home(settings):
        raise DemoError(f"{told}, but its database is elsewhere (see `config`); empty that one by hand.")


def is_in_home(settings: Settings) -> bool:
    """Say whether the database is a SQLite file within the demo's folder."""
    return settings.database_url.startswith(f"sqlite:///{settings.home.as_posix()}/")


def refuse_real_shop(settings: Settings) -> None:
    """Raise DemoError when the sample was cleared to begin a real shop, or when that cannot be told."""
    found = schema.state(settings.database_url)
    if found.status is schema.Status.EMPTY:
        return
    engine = schema.plain_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            is_sample = connection.scalar(select(ShopSettings.is_sample).limit(1))
    except SQLAlchemyError as error:
        reason = schema.explain(error, engine.url)
        raise DemoError(
            f"Nothing was deleted: nobody can tell whether {settings.home} still holds a sample. {reason} "
            f"Delete the folder by hand if it does."
        ) from None
    finally:
        engine.dispose()
    if not is_sample:
        raise DemoError(
            f"{settings.home} has become a real shop; nothing was deleted. Serve it with "
            f"KEBU_HOME={settings.home} and `serve`, or name another folder for the demo."
        )


def choose(settings: Settings, marker: Marker | None, profile: str | None, size: str | None) -> Marker:
    """Return the marker of the sample to serve; raise DemoError when another one is already in the folder."""
    if marker is not None and marker.seeded:
        customers = marker.customers if size is None else customers_of(size)
        if (profile or marker.profile, customers) != (marker.profile, marker.customers):
            raise DemoError(
                f"{settings.home} holds a {marker.profile} with {marker.customers} customers; "
                f"add `--reset` to begin anew, or name another folder in KEBU_HOME."
            )
        return marker
    if marker is not None and is_in_home(settings):
        # Whoever was seeding has been stopped halfway: half a sample is no sample.
        demo_folder.empty(settings.home, keep=(FILE_NAME, *KEY_FILES.values()))
    elif marker is None and schema.state(settings.database_url).status not in (
        schema.Status.EMPTY,
        schema.Status.BROKEN,
    ):
        raise DemoError(
            "The database already holds a shop; a demo wants an empty one, see KEBU_DATABASE_URL."
        )
    # A sample begun with arguments and stopped halfway is begun anew with the same ones.
    kind = profile or (marker.profile if marker else "petshop")
    customers = customers_of(size) if size else (marker.customers if marker else SIZES["small"])
    return demo_folder.write_marker(settings.home, kind, customers)


def customers_of(size: str) -> int:
    """Return how many customers `--size` asks for."""
    return SIZES.get(size) or int(size)


def make_shop(settings: Settings, marker: Marker) -> Flask:
    """Return the application over a migrated database that holds the whole sample."""
    if marker.seeded:
        # The sample can always be made anew, so nobody has to be asked before its tables change.
        schema.upgrade(settings.database_url)
        refuse_real_shop(settings)
        app = create_app(settings)
        if not demo_folder.read_accounts(settings.home):
            keep_accounts(app, settings.home)
        return app
    prepare_database(settings)
    app = create_app(settings)
    with app.app_context():
        if not is_in_home(settings):
            sample.clear()
        started = time.monotonic()
        sample.seed(marker.profile, marker.customers, progress())
    keep_accounts(app, settings.home)
    demo_folder.mark_seeded(settings.home, marker)
    seconds = time.monotonic() - started
    print(
        f"The sample shop is ready: {marker.customers} customers in {seconds:.1f} s.",
        file=sys.stderr,
        flush=True,
    )
    return app


def keep_accounts(app: Flask, home: Path) -> None:
    """Give the sample's accounts new passwords and write them where only this user can read them."""
    with app.app_context():
        accounts = [
            {
                "user": account.user,
                "password": account.password,
                "role": account.role,
                "secret": account.secret,
            }
            for account in sample.accounts()
        ]
    demo_folder.write_accounts(home, accounts)


def progress() -> Callable[[int, int], None]:
    """Return what reports (done, total): a bar on a terminal, nothing elsewhere."""

    def report(done: int, total: int) -> None:
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        end = "\n" if done >= total else ""
        print(
            f"\rMaking the sample shop (正在生成示例店) {bar} {done}/{total}",
            end=end,
            file=sys.stderr,
            flush=True,
        )

    return report if sys.stderr.isatty() else lambda _done, _total: None


def describe(settings: Settings, accounts: list[dict[str, str]]) -> list[str]:
    """Return the lines printed before the ready line: where the sample lives and who may sign in."""
    shown = address(settings.host, settings.port) if settings.port else "see the last line"
    lines = [f"Sample shop (示例店): {shown}", f"Folder (文件夹): {settings.home}"]
    if not accounts:
        return [
            *lines,
            f"{demo_folder.ACCOUNTS} is gone; add `--reset`, or use `rescue-owner` with this KEBU_HOME.",
        ]
    widths = [max(len(account[name]) for account in accounts) for name in ("user", "password")]
    lines.append("Accounts (账号): user, password, role")
    lines += [
        f"  {account['user']:<{widths[0]}}  {account['password']:<{widths[1]}}  {account['role']}"
        for account in accounts
    ]
    with_code = [account["user"] for account in accounts if account.get("secret")]
    if with_code:
        asked = ", ".join(with_code)
        lines.append(f"A code for (验证码) {asked}: python3 run.py demo-code {with_code[0]}")
    return lines
