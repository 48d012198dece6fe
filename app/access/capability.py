"""The manifest of access: who may do what, and the shop itself."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.api_keys.metering import MEMORY as KEY_CALLS
from app.access.api_keys.metering import Calls
from app.access.checks import CHECKS
from app.access.doors import default_deny, first_run_gate
from app.access.grants import granted_names
from app.access.limiting import present_limits
from app.access.looking import end_over_look, look_gate
from app.access.memory import Remembered
from app.access.reveals import REVEAL
from app.access.screens import BRANCH, PERSON
from app.access.shop import load_shop
from app.access.signing.attempts import STORE, make_store
from app.access.signing.clearing import CLEARING, DAILY_CLEARING
from app.access.signing.keeping import keep_signed_in
from app.access.telling import HAPPENINGS
from app.access.whereabouts import whereabouts
from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.permissions import Permission

_MOST_PEOPLE = 5_000
_MOST_VERSIONS = 8


def install(app: Flask) -> None:
    """Answer core's questions about rights and the shop, and open the door to the first run."""
    app.extensions["kebu_grants"] = Remembered(_MOST_PEOPLE)
    app.extensions[KEY_CALLS] = Calls()
    app.extensions[STORE] = make_store(app.config["KEBU_SETTINGS"].redis_url)
    app.extensions["kebu_role_rights"] = Remembered(_MOST_PEOPLE)
    app.extensions["kebu_limits"] = Remembered(_MOST_PEOPLE)
    app.extensions["kebu_shop"] = Remembered(_MOST_VERSIONS)
    app.extensions["kebu_branches"] = Remembered(_MOST_VERSIONS)
    kernel: Kernel = app.extensions["kebu"]
    kernel.granted_names = granted_names
    kernel.limits = present_limits
    kernel.shop = load_shop
    kernel.whereabouts = whereabouts
    app.before_request(default_deny)
    app.before_request(first_run_gate)
    app.before_request(look_gate)
    app.after_request(end_over_look)
    app.after_request(keep_signed_in)


CAPABILITY = Capability(
    name="access",
    label=_l("Shop and people"),
    needs=("journal",),
    icon="shop",
    order=900,
    screens=(BRANCH, PERSON),
    pages=(
        MenuPage(_l("Accounts"), "/users/", "access:user:list", "people"),
        MenuPage(_l("Roles"), "/roles/", "access:role:list", "key"),
        MenuPage(_l("API keys"), "/api-keys/", "access:key:list", "plug"),
        MenuPage(_l("Settings of the shop"), "/access/shop/edit", "access:shop:edit", "gear"),
        MenuPage(_l("Journal"), "/journal/", "journal:entry:search", "clock-history"),
    ),
    permissions=(
        Permission("access:shop:edit", _l("Change the shop's settings")),
        Permission("access:user:list", _l("See the accounts")),
        Permission("access:user:add", _l("Add an account")),
        Permission("access:user:edit", _l("Change an account")),
        Permission("access:user:reset", _l("Let people back in who lost password or phone")),
        Permission(REVEAL, _l("Reveal masked values, one by one and for a reason")),
        Permission("access:role:list", _l("See the roles")),
        Permission("access:role:add", _l("Add a role")),
        Permission("access:role:edit", _l("Change a role")),
        Permission("access:role:delete", _l("Delete a role")),
        Permission("access:key:list", _l("See the API keys")),
        Permission("access:key:add", _l("Make an API key")),
        Permission("access:key:revoke", _l("Revoke an API key")),
        Permission("access:role:look", _l("Look at the program as a role sees it")),
    ),
    jobs=(CLEARING,),
    recurring=(DAILY_CLEARING,),
    happenings=HAPPENINGS,
    checks=CHECKS,
    install=install,
)
