"""What two hundred own fields cost on a large table: every page beside the same shop without any, in one run.

    .venv/bin/python benchmarks/fields.py sqlite|postgresql [ROWS]

Makes a shop with so many customers (a million) and a copy of it that gets 200 own fields, ten of them filled in every
record and eight of those indexed; says how long that takes, in the request and as a job. Then a process for each of the
two answers the same pages in turn. Needs KEBU_BENCH_DIR, for PostgreSQL also KEBU_BENCH_POSTGRESQL_URL (see README.md).
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import bulk
import databases
import places
from contenders import PASSWORD, environment_with
from field_rows import FILLED, customers, fill, plan

sys.path.insert(0, str(places.REPOSITORY))

ROUNDS = 25
KINDS = ("text", "number", "money", "date", "text", "choice", "long_text", "text", "number", "answer")
SORTABLE = ("text", "number", "money", "date")
PLAIN, WIDE = "kebu_bench_plain", "kebu_bench_wide"


def url_of(here: places.Places, engine: str, name: str) -> str:
    """Return the address of one of the two databases."""
    if engine == "sqlite":
        return f"sqlite:///{here.folder / name}.sqlite"
    return here.kebu_url(engine).replace("kebu_bench_panel", name)


# --- Making the two shops -----------------------------------------------------------------------------


def made_app(url: str, home: Path) -> Any:
    """Return the program on a database of this address, made and migrated."""
    import config  # noqa: PLC0415 - only the processes that measure load the program
    from app import create_app  # noqa: PLC0415
    from app.core import schema  # noqa: PLC0415

    home.mkdir(parents=True, exist_ok=True)
    settings = config.load({"KEBU_HOME": str(home), "KEBU_DATABASE_URL": url})
    schema.upgrade(settings.database_url)
    return create_app(settings)


def make(url: str, home: Path, count: int) -> None:
    """Open a shop with an owner and fill it with customers."""
    from app.access import first_run  # noqa: PLC0415
    from app.access.passwords import hash_password  # noqa: PLC0415
    from app.access.permission_sync import declared_permissions, sync_permissions  # noqa: PLC0415
    from app.people.models import Customer  # noqa: PLC0415

    app = made_app(url, home)
    with app.app_context():
        sync_permissions(declared_permissions())
        first_run.open_shop(
            first_run.Opening(
                "Bench", "petshop", "Asia/Shanghai", "CNY", "en", "Main branch", "owner", "Owner",
                hash_password(PASSWORD),
            )
        )  # fmt: skip
    engine = databases.engine_for_loading(url)
    bulk.load(engine, Customer.__table__, customers(count))
    engine.dispose()
    databases.settle(url)


def copy(here: places.Places, engine: str, from_url: str, to_url: str) -> None:
    """Make a copy of a database."""
    databases.make_empty(here, to_url)
    if engine == "sqlite":
        shutil.copyfile(databases.sqlite_path(from_url), databases.sqlite_path(to_url))
        return
    import psycopg  # noqa: PLC0415 - only with PostgreSQL

    with psycopg.connect(here.server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {WIDE} WITH (FORCE)")  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {WIDE} TEMPLATE {PLAIN}")  # type: ignore[arg-type]


def grow(url: str, home: Path) -> None:
    """Add the fields, fill some, index them, convert one and delete one; print what each took."""
    from app.shaping import services  # noqa: PLC0415
    from app.shaping.converting import convert_field  # noqa: PLC0415
    from app.shaping.definitions import MOST_FIELDS, find_field, read_definitions  # noqa: PLC0415
    from app.shaping.deleting import delete_field  # noqa: PLC0415
    from app.shaping.models import Kind  # noqa: PLC0415

    app = made_app(url, home)
    took: list[tuple[str, float]] = []

    def timed(what: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = work()
        took.append((what, round(time.perf_counter() - began, 2)))
        return found

    def asked(work: Callable[[], Any]) -> Any:
        with app.app_context(), acting():
            return work()

    plans = [plan(KINDS[number % len(KINDS)], number) for number in range(MOST_FIELDS - 1)]
    keys = timed("add 199 fields", lambda: asked(lambda: services.add_fields("people:customer", plans)))
    names = asked(lambda: {row.id: row.name for row in read_definitions().fields})
    filled = [(KINDS[number], names[keys[number]]) for number in range(FILLED)]
    timed("fill 10 fields by SQL", lambda: fill(url, filled))
    databases.settle(url)
    for number, key in enumerate(keys[:FILLED]):
        if KINDS[number] in SORTABLE:
            timed(f"ask for an index ({KINDS[number]})", partial(asked, partial(index, key)))
            timed(f"job: index ({KINDS[number]})", lambda: work_off(app))
    last = plan("text", MOST_FIELDS, sortable=True, searchable=True)
    (victim,) = timed(
        "add a sortable field", lambda: asked(lambda: services.add_fields("people:customer", [last]))
    )
    timed("job: its index", lambda: work_off(app))
    row = asked(lambda: find_field(victim).name)
    fill(url, [("number as text", row)])
    timed("ask for another kind", lambda: asked(lambda: convert_field(victim, Kind.NUMBER)))
    timed("job: text to number with its index", lambda: work_off(app))
    label = asked(lambda: find_field(victim).label.en)
    timed("ask to delete for good", lambda: asked(lambda: delete_field(victim, label)))
    timed("job: delete for good", lambda: work_off(app))
    databases.settle(url)
    print(json.dumps({"took": took, "names": [name for _kind, name in filled]}))


def acting() -> Any:
    """Act as the owner."""
    from app.access.acting import acting_as  # noqa: PLC0415
    from app.access.models import Person  # noqa: PLC0415
    from app.core.database import db  # noqa: PLC0415

    return acting_as(db.session.query(Person.id).filter(Person.username == "owner").scalar())


def index(key: Any) -> None:
    """Want a field sorted, and searched if it is a text."""
    from dataclasses import replace  # noqa: PLC0415

    from app.shaping import services  # noqa: PLC0415
    from app.shaping.definitions import find_field  # noqa: PLC0415
    from app.shaping.models import Kind  # noqa: PLC0415
    from app.shaping.plans import plan_of  # noqa: PLC0415

    row = find_field(key)
    wanted = replace(plan_of(row), sortable=True, searchable=row.kind is Kind.TEXT)
    services.change_field(key, row.row_version, wanted)


def work_off(app: Any) -> None:
    """Do what waits, as a worker does."""
    from app.operations.running import Runner  # noqa: PLC0415

    runner = Runner(app, 300)
    while runner.run_next():
        continue


# --- Answering and comparing --------------------------------------------------------------------------


def serve(url: str, home: Path) -> None:
    """Answer the addresses that come in, one a line, with what each cost."""
    import re  # noqa: PLC0415

    from sqlalchemy import event  # noqa: PLC0415

    from app.core.database import db  # noqa: PLC0415

    app = made_app(url, home)
    client = app.test_client()
    token = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|<meta name="csrf-token" content="([^"]+)"')

    def token_of(page: str) -> str:
        found = token.search(client.get(page).text)
        assert found is not None, f"{page} carries no token"
        return found[1] or found[2]

    said: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _u, statement, *_more: said.append(statement)
        )
    data = {"username": "owner", "password": PASSWORD, "csrf_token": token_of("/login/")}
    assert client.post("/login/", data=data).status_code == 302
    csrf = token_of("/profile/")
    print("ready", flush=True)
    for line in sys.stdin:
        address = json.loads(line)
        post = {"method": "POST", "data": address["post"]} if "post" in address else {}
        said.clear()
        began, worked = time.perf_counter(), time.process_time()
        answer = client.open(address["path"], headers={"X-CSRFToken": csrf}, **post)
        size = len(answer.data)
        found = {
            "ms": (time.perf_counter() - began) * 1000,
            "cpu": (time.process_time() - worked) * 1000,
            "statements": len(
                [each for each in said if each.split(" ", 1)[0] in ("SELECT", "INSERT", "UPDATE")]
            ),
            "kb": size / 1000,
            "status": answer.status_code,
            "first": first_of(answer.text) if address.get("first") else "",
        }
        print(json.dumps(found), flush=True)


def first_of(text: str) -> str:
    """Return the token of the first record that a picker offers."""
    return str(json.loads(text)["items"][0]["token"])


class Shop:
    """A process that answers for one of the two shops."""

    def __init__(self, url: str, home: Path) -> None:
        """Start it and wait until it is ready."""
        self._process = started("--serve", url, home)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def ask(self, **address: Any) -> dict[str, Any]:
        """Return what an address cost."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(address) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert found["status"] in (200, 302), (address, found)
        return found

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def started(verb: str, url: str, home: Path, *more: str) -> subprocess.Popen[str]:
    """Start this file in a process of its own."""
    return subprocess.Popen(
        [sys.executable, __file__, verb, url, str(home), *more],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment_with({}),
    )  # fmt: skip


def pages(names: list[str], token: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return each page with what the plain shop is asked and what the shop with own fields is asked."""
    text_, number, _money, day, *_rest = names
    choice = names[5]
    base = "/people/customer/"
    same = {
        "list": {"path": base},
        "search 陈01": {"path": f"{base}?q=陈01"},
        "picker 陈01": {"path": f"{base}pick?q=陈01"},
        "palette 陈01": {"path": "/palette", "post": {"q": "陈01"}},
        "new form": {"path": f"{base}add"},
        "edit form": {"path": f"{base}{token}/edit"},
        "detail": {"path": f"{base}{token}"},
        "cards of the preview": {"path": f"{base}{token}/preview"},
    }
    own = {
        "list sorted by an own text": (f"{base}?sort=name", f"{base}?sort={text_}"),
        "list sorted by an own day, backwards": (f"{base}?sort=-name", f"{base}?sort=-{day}"),
        "list sorted by an own number": (f"{base}?sort=name", f"{base}?sort={number}"),
        "filter: own text begins with t12": (f"{base}?q=陈012", f"{base}?f.{text_}=t12"),
        "filter: own choice": (f"{base}?f.source=walk_in", f"{base}?f.{choice}=red"),
        "search t4999, found in own texts": (f"{base}?q=陈04999", f"{base}?q=t4999"),
    }
    return {name: (each, each) for name, each in same.items()} | {
        name: ({"path": plain}, {"path": wide}) for name, (plain, wide) in own.items()
    }


def main(engine: str, count: int) -> None:
    """Make both shops, compare them and print Markdown."""
    here = places.from_environment()
    plain, wide = url_of(here, engine, PLAIN), url_of(here, engine, WIDE)
    homes = here.folder / f"plain_{engine}", here.folder / f"wide_{engine}"
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)
    databases.make_empty(here, plain)
    began = time.perf_counter()
    run("--make", plain, homes[0], str(count))
    print(f"{engine}: {count:,} customers in {time.perf_counter() - began:.0f} s\n", flush=True)
    copy(here, engine, plain, wide)
    grown = json.loads(run("--grow", wide, homes[1]).splitlines()[-1])
    print("| step | seconds |\n|---|---:|")
    for what, seconds in dict(grown["took"]).items():
        print(f"| {what} | {seconds} |")
    compare(Shop(plain, homes[0]), Shop(wide, homes[1]), grown["names"])


def run(verb: str, url: str, home: Path, *more: str) -> str:
    """Run this file in a process of its own and return what it prints."""
    process = started(verb, url, home, *more)
    said, _errors = process.communicate()
    assert process.returncode == 0, said
    return said


def compare(plain: Shop, wide: Shop, names: list[str]) -> None:
    """Ask both for every page in turn and print the table."""
    token = plain.ask(path="/people/customer/pick?q=陈00001", first=True)["first"]
    print("\n| page | plain: p50 ms | min | CPU | SQL | KB | 200 fields: p50 ms | min | CPU | SQL | KB |")
    print("|---" + "|---:" * 10 + "|")
    for name, asked in pages(names, token).items():
        found: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        for number in range(ROUNDS + 2):
            for shop, address, samples in zip((plain, wide), asked, found, strict=True):
                cost = shop.ask(**address)
                if number >= 2:
                    samples.append(cost)
        print(f"| {name} | {' | '.join(cells(samples) for samples in found)} |", flush=True)
    plain.close()
    wide.close()


def cells(samples: list[dict[str, Any]]) -> str:
    """Return a page's numbers."""
    times = [each["ms"] for each in samples]
    cpu = statistics.median(each["cpu"] for each in samples)
    most, size = max(each["statements"] for each in samples), max(each["kb"] for each in samples)
    return f"{statistics.median(times):.1f} | {min(times):.1f} | {cpu:.1f} | {most} | {size:.1f}"


if __name__ == "__main__":
    match sys.argv[1]:
        case "--make":
            make(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        case "--grow":
            grow(sys.argv[2], Path(sys.argv[3]))
        case "--serve":
            serve(sys.argv[2], Path(sys.argv[3]))
        case engine_name:
            main(engine_name, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
