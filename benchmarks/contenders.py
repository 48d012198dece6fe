"""The panels that a run compares: how each is started, and the address of each page that is measured."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from places import HERE, PICKER_TERM, REPOSITORY, Places

ACCOUNT = "owner"
PASSWORD = "benchmark-Kebu-2718"


@dataclass(frozen=True)
class Contender:
    """One panel: a WSGI application, where it runs, how one signs in, and its pages by their common name."""

    name: str
    python: Path
    folder: Path
    application: str
    environment: dict[str, str]
    database_url: str
    login: str
    pages: dict[str, str]


def peer_environment(places: Places, engine: str) -> dict[str, str]:
    """Return what the peers read from their environment."""
    return {
        "KEBU_BENCH_DATABASE_URL": places.peers_url(engine),
        "KEBU_BENCH_PAGE_SIZE": str(places.page_size),
    }


def kebu_environment(places: Places, engine: str) -> dict[str, str]:
    """Return what Kebu reads from its environment."""
    return {"KEBU_HOME": str(places.kebu_home(engine)), "KEBU_DATABASE_URL": places.kebu_url(engine)}


def environment_with(settings: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings and without the benchmark's own.

    Kebu refuses a KEBU_ variable that resembles one of its settings without being one, and rightly so.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    return {**inherited, "PYTHONDONTWRITEBYTECODE": "1", **settings}


def contenders(places: Places, engine: str) -> dict[str, Contender]:
    """Return every panel that can run on this engine, by name."""
    known = [
        bare(places, engine),
        django(places, engine, "django", {}),
        django(places, engine, "django_estimated", {"KEBU_BENCH_DJANGO_COUNT": "estimated"}),
    ]
    if places.kebu_addresses(engine).exists():
        known.append(kebu(places, engine))
    if folder := os.environ.get("KEBU_BENCH_PEERS"):
        known.append(django_elsewhere(places, engine, Path(folder) / "djshop"))
    return {contender.name: contender for contender in known}


def bare(places: Places, engine: str) -> Contender:
    """Return the floor: views written by hand, without count or permissions."""
    after = places.customers - (places.deep_page - 1) * places.page_size + 1
    return Contender(
        name="bare",
        python=places.python("bare"),
        folder=HERE / "peers",
        application="bare:application",
        environment=peer_environment(places, engine),
        database_url=places.peers_url(engine),
        login="/login",
        pages={
            "list": "/customer/",
            "list_20000": f"/customer/?before={after}",
            "list_20000_offset": f"/customer/?page={places.deep_page}",
            "search": f"/customer/?q={PICKER_TERM}",
            "picker": f"/customer/pick?q={PICKER_TERM}",
            "edit": f"/customer/{places.edited}",
        },
    )


def django(places: Places, engine: str, name: str, extra: dict[str, str]) -> Contender:
    """Return Django admin; `extra` names a variant."""
    return Contender(
        name=name,
        python=places.python("django"),
        folder=HERE / "peers",
        application="django_shop.wsgi:application",
        environment={**peer_environment(places, engine), **extra},
        database_url=places.peers_url(engine),
        login="/admin/login/",
        pages=_django_pages(places, "django_shop"),
    )


def django_elsewhere(places: Places, engine: str, folder: Path) -> Contender:
    """Return another Django project over the same rows, from the folder that KEBU_BENCH_PEERS names."""
    return Contender(
        name="django_elsewhere",
        python=places.python("django"),
        folder=folder,
        application="wsgi:app",
        environment={"BENCH_DB": "sqlite" if engine == "sqlite" else "pg", "BENCH_DIR": str(places.folder)},
        database_url=places.rows_url or places.peers_url(engine),
        login="/admin/login/",
        pages=_django_pages(places, "shop"),
    )


def kebu(places: Places, engine: str) -> Contender:
    """Return Kebu; the loader wrote down the opaque addresses of the deep page and the edited customer."""
    pages: dict[str, str] = json.loads(places.kebu_addresses(engine).read_text(encoding="utf-8"))
    return Contender(
        name="kebu",
        python=Path(sys.executable),
        folder=REPOSITORY,
        application="app.wsgi:application",
        environment=kebu_environment(places, engine),
        database_url=places.kebu_url(engine),
        login="/login/",
        pages=pages,
    )


def _django_pages(places: Places, label: str) -> dict[str, str]:
    customers = f"/admin/{label}/customer/"
    field = f"app_label={label}&model_name=salesorder&field_name=customer"
    return {
        "list": customers,
        "list_20000": f"{customers}?p={places.deep_page}",
        "search": f"{customers}?q={PICKER_TERM}",
        "picker": f"/admin/autocomplete/?{field}&term={PICKER_TERM}",
        "edit": f"{customers}{places.edited}/change/",
    }
