"""Load the same rows into Kebu, on its own schema: `load_kebu.py postgresql|sqlite`, with Kebu's interpreter.

Shops become branches, tiers become tags, cities stand in the address. Keys are UUIDv7 of the moment at which
the customer signed up, so the newest row has the greatest key, as in a shop that has used Kebu all along.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import bulk
import databases
import places
import rows
from contenders import ACCOUNT, PASSWORD, environment_with, kebu_environment

sys.path.insert(0, str(places.REPOSITORY))

from app.access.models import Branch
from app.core.keys import encode_token
from app.people.models import Customer, Tag, TagColour, customer_tag
from app.people.names import last_four, search_key

TIERS = {"bronze": TagColour.AMBER, "silver": TagColour.GREY, "gold": TagColour.GREEN, "vip": TagColour.RED}


class Keys:
    """Repeatable keys: the same rows get the same UUIDv7 in every load."""

    def __init__(self) -> None:
        """Begin a new load."""
        self._chance = random.Random(rows.SEED)

    def at(self, moment: datetime) -> uuid.UUID:
        """Return a key whose time part is `moment`, UTC without a zone, to the millisecond."""
        milliseconds = int(moment.replace(tzinfo=UTC).timestamp() * 1000)
        tail = self._chance.getrandbits(62)
        return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62) | tail)


def main() -> None:
    """Rebuild Kebu's database on the named engine and write down the addresses of the measured pages."""
    engine_name = sys.argv[1]
    here = places.from_environment()
    url = here.kebu_url(engine_name)
    started = time.perf_counter()
    shutil.rmtree(here.kebu_home(engine_name), ignore_errors=True)
    here.kebu_home(engine_name).mkdir(parents=True)
    databases.make_empty(here, url)
    _set_up(here, engine_name)
    engine = databases.engine_for_loading(url)
    keys = Keys()
    branches = {store.id: keys.at(rows.FIRST_SIGN_UP) for store in rows.stores(here)}
    tags = {tier: keys.at(rows.FIRST_SIGN_UP) for tier in TIERS}
    bulk.load(engine, Branch.__table__, _branch_rows(here, branches))
    bulk.load(engine, Tag.__table__, _tag_rows(tags))
    loaded = LoadedCustomers(here, keys, branches)
    bulk.load(engine, Customer.__table__, loaded)
    bulk.load(
        engine, customer_tag, ({"customer_id": key, "tag_id": tags[tier]} for key, tier in loaded.tiers)
    )
    engine.dispose()
    databases.settle(url)
    here.kebu_addresses(engine_name).write_text(json.dumps(_addresses(here, loaded)), encoding="utf-8")
    print(f"{engine_name}: {len(loaded.tiers)} customers for Kebu in {time.perf_counter() - started:.0f} s")


class LoadedCustomers:
    """Yields customers as Kebu's rows and keeps what the addresses and the tags need of them."""

    def __init__(self, here: places.Places, keys: Keys, branches: dict[int, uuid.UUID]) -> None:
        """Prepare to read the rows once."""
        self._here, self._keys, self._branches = here, keys, branches
        self.tiers: list[tuple[uuid.UUID, str]] = []
        self.moments: list[datetime] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for customer in rows.customers(self._here):
            key = self._keys.at(customer.created_at)
            moment = customer.created_at.replace(tzinfo=UTC)
            self.tiers.append((key, customer.tier))
            self.moments.append(moment)
            yield {
                "id": key,
                "name": customer.name,
                "name_key": search_key(customer.name),
                "phone": customer.phone,
                "phone_last4": last_four(customer.phone),
                "email": customer.email,
                "address": customer.city,
                "branch_id": self._branches[customer.store_id],
                "created_at": moment,
                "changed_at": moment,
            }


def _branch_rows(here: places.Places, keys: dict[int, uuid.UUID]) -> Iterator[dict[str, Any]]:
    for store in rows.stores(here):
        yield {"id": keys[store.id], "name": store.name}


def _tag_rows(keys: dict[str, uuid.UUID]) -> Iterator[dict[str, Any]]:
    for tier, colour in TIERS.items():
        yield {"id": keys[tier], "name": tier, "colour": colour}


def _addresses(here: places.Places, loaded: LoadedCustomers) -> dict[str, str]:
    """Return the measured pages; the deep page stands behind the last customer of the page before it."""
    last_before = len(loaded.tiers) - (here.deep_page - 1) * here.page_size
    cursor = encode_token(("id", None, loaded.tiers[last_before][0]))
    edited = encode_token((loaded.tiers[here.edited - 1][0],))
    return {
        "list": "/people/customer/",
        "list_20000": f"/people/customer/?after={cursor}",
        "search": f"/people/customer/?q={places.PICKER_TERM}",
        "picker": f"/people/customer/pick?q={places.PICKER_TERM}",
        "edit": f"/people/customer/{edited}/edit",
    }


def _set_up(here: places.Places, engine_name: str) -> None:
    """Make the tables and an owner by Kebu's own command line, and a manager, who signs in without a phone."""
    environment = environment_with(kebu_environment(here, engine_name))
    for command in (
        ["-m", "app.cli", "create-owner", "boss", "--password-stdin"],
        ["-c", _MAKE_MANAGER, ACCOUNT],
    ):
        subprocess.run(
            [sys.executable, *command],
            check=True,
            cwd=places.REPOSITORY,
            env=environment,
            input=f"{PASSWORD}\n",
            encoding="utf-8",
        )


_MAKE_MANAGER = """
import sys
import config
from app import create_app
from app.access import accounts, passwords
with create_app(config.load()).app_context():
    hashed = passwords.hash_password(sys.stdin.readline().strip())
    accounts.create_account(sys.argv[1], hashed, sys.argv[1], "Manager")
"""


if __name__ == "__main__":
    main()
