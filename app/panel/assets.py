"""Assets: styles and scripts out of installed packages and our own folder, each address carrying its content's hash."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import flask_bootstrap
from flask import Blueprint, Flask, Response, abort, current_app, send_file
from markupsafe import Markup

from app.access.doors import stands_open

_BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
FILES = {
    "bootstrap.min.css": _BOOTSTRAP / "css" / "bootstrap.min.css",
    "bootstrap.min.js": _BOOTSTRAP / "js" / "bootstrap.min.js",
    "popper.min.js": _BOOTSTRAP / "umd" / "popper.min.js",
}
_SPRITE = _BOOTSTRAP / "icons" / "bootstrap-icons.svg"
_SYMBOL = re.compile(r"<symbol[^>]*\bid=\"(?P<name>[a-z0-9-]+)\"[^>]*>.*?</symbol>", re.DOTALL)
_CALL = re.compile(r"icon\(\s*['\"]([a-z0-9-]+)['\"]")
FALLBACK = "card-list"
YEAR = 365 * 24 * 3600

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@functools.cache
def fingerprint(path: Path) -> str:
    """Return a short hash of a file's content; a running program's files don't change."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


@functools.cache
def symbols() -> dict[str, str]:
    """Return every icon of the installed sprite by name."""
    return {match["name"]: match[0] for match in _SYMBOL.finditer(_SPRITE.read_text(encoding="utf-8"))}


def icons_in(folder: Path) -> set[str]:
    """Return the icons that the templates below `folder` name."""
    return {
        name for page in folder.rglob("*.html") for name in _CALL.findall(page.read_text(encoding="utf-8"))
    }


def make_sprite(names: Iterable[str]) -> str:
    """Return one SVG with the named icons; the installed sprite holds two thousand and weighs over a megabyte."""
    chosen = "".join(symbols()[name] for name in sorted({*names, FALLBACK}) if name in symbols())
    return f'<svg xmlns="http://www.w3.org/2000/svg">{chosen}</svg>'


def _declared_icons(app: Flask) -> set[str]:
    capabilities = app.extensions["kebu"].capabilities
    entries = [*capabilities, *(one for each in capabilities for one in (*each.screens, *each.pages))]
    actions = [action for each in capabilities for screen in each.screens for action in screen.bulk_actions]
    return {entry.icon for entry in (*entries, *actions)}


@blueprint.get("/icons.svg")
@stands_open("the sign-in page has icons too")
def icon_sprite() -> Response:
    """The icons that templates and declarations use."""
    return _lasting(Response(current_app.extensions["kebu_icons"], mimetype="image/svg+xml"))


@blueprint.get("/<name>")
@stands_open("the sign-in page has styles too")
def asset(name: str) -> Response:
    """A file of an installed package, by its whitelisted name."""
    if name not in FILES:
        abort(404)
    return _lasting(send_file(FILES[name], conditional=True))


def _lasting(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@functools.cache
def asset_url(name: str) -> str:
    """Return the address of a package's file."""
    return f"/assets/{name}?v={fingerprint(FILES[name])}"


def install(app: Flask) -> None:
    """Serve the assets and give templates their addresses; all manifests must be known by now."""
    folder, templates = Path(app.static_folder or ""), Path(app.root_path) / str(app.template_folder)
    sprite = make_sprite(icons_in(templates) | _declared_icons(app))
    app.extensions["kebu_icons"] = sprite
    address = f"/assets/icons.svg?v={hashlib.sha256(sprite.encode()).hexdigest()[:8]}"

    @functools.cache
    def static_url(path: str) -> str:
        # A missing picture must not take the page down with it, least of all an error page.
        found = (folder / path).is_file()
        return f"/static/{path}?v={fingerprint(folder / path)}" if found else f"/static/{path}"

    @functools.cache
    def icon(name: str) -> Markup:
        # Hidden from screen readers: a word always stands beside it.
        name = name if name in symbols() else FALLBACK
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(address, name)

    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset_url=asset_url, static_url=static_url, icon=icon)
