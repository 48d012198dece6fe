"""Signing in: FAB's security manager with our person, our pages and one look-up a request."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy import bindparam, select, true

from app.access.grants import OWNER, granted_names
from app.access.models import AccessVersion, Person, SignedIn
from app.access.profile_pages import PasswordView, ProfileView
from app.access.role_pages import RolesView
from app.access.shop_pages import FirstRunView, ShopView
from app.access.signing_in import authenticate
from app.access.signing_pages import PreferencesView, SignInView, SignOutView
from app.access.user_pages import UsersView
from app.core.database import db

_LARGEST_ID = 2**31 - 1
_ACCOUNT, _VERSION = Person.__table__.c, AccessVersion.__table__.c
# Every request begins with it, so it is put together once and makes no mapped object.
_PERSON = (
    select(
        _ACCOUNT.id,
        _ACCOUNT.username,
        _ACCOUNT.first_name,
        _ACCOUNT.email,
        _ACCOUNT.language,
        _ACCOUNT.theme,
        _ACCOUNT.branch_id,
        _ACCOUNT.single_keys,
        _ACCOUNT.home,
        _VERSION.version,
    )
    .select_from(Person.__table__.outerjoin(AccessVersion.__table__, true()))
    .where(_ACCOUNT.id == bindparam("number"), _ACCOUNT.active.is_(True))
    .limit(1)
)


class AttemptLimiter(Limiter):
    """A limiter that looks at attempts only: what is not sent by POST is never counted, so it need not be weighed."""

    def _check_request_limit(self, *args: Any, **options: Any) -> None:
        if request.method == "POST":
            super()._check_request_limit(*args, **options)


class KebuAppBuilder(AppBuilder):
    """FAB without pages and files of its own: no /back, /lang, menu or OpenAPI address, no static folder."""

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    def _add_global_static(self) -> None:
        """Serve none of FAB's scripts and styles: every page is ours."""


class KebuSecurityManager(SecurityManager):
    """FAB's security manager: permissions come from `grants`, pages from this slice."""

    user_model = Person
    userstatschartview = None

    def __init__(self, appbuilder: AppBuilder) -> None:
        config = current_app.config
        config["AUTH_ROLE_ADMIN"] = OWNER
        config["FAB_CREATE_DB"] = False
        config.setdefault("AUTH_RATE_LIMITED", True)
        config.setdefault("AUTH_RATE_LIMIT", "10 per minute;60 per hour")
        super().__init__(appbuilder)

    def create_limiter(self, app: Flask) -> Limiter:
        """Return the limiter of sign-in attempts, counted per address in this process's memory."""
        app.config["RATELIMIT_ENABLED"] = bool(app.config["AUTH_RATE_LIMITED"])
        app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
        limiter = AttemptLimiter(key_func=get_remote_address)
        limiter.init_app(app)
        return limiter

    def register_views(self) -> None:
        """Register our own pages and none of FAB's: no API sign-in, no charts, no views of its tables."""
        self.auth_view = self.appbuilder.add_view_no_menu(SignInView)
        self.user_view = self.appbuilder.add_view_no_menu(UsersView)
        first_run = self.appbuilder.add_view_no_menu(FirstRunView)
        own_password = self.appbuilder.add_view_no_menu(PasswordView)
        for view in (SignOutView, PreferencesView, ProfileView, RolesView, ShopView):
            self.appbuilder.add_view_no_menu(view)
        if self.is_auth_limited:
            limit = self.limiter.limit(self.auth_rate_limit, methods=["POST"])
            for view in (self.auth_view, first_run, own_password):
                limit(view.blueprint)

    def load_user(self, pk: int | str) -> SignedIn | None:
        """Return the active person of a session with one statement, which brings the access version along."""
        text = str(pk)
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST_ID:
            return None
        row = db.session.execute(_PERSON, {"number": int(text)}).one_or_none()
        if row is None:
            return None
        *person, version = row
        g.access_version = version or 0
        return SignedIn(*person)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Say whether the present person may do FAB's `can_list` on `slice:noun`."""
        return f"{view_name}:{permission_name.removeprefix('can_')}" in granted_names()

    def is_item_public(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002 - FAB's signature
        """Nothing is public: pages for strangers say so themselves."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return those of `menu_names` whose list the present person may see."""
        granted = granted_names()
        return {name for name in menu_names or () if f"{name}:list" in granted}

    def auth_user_db(self, username: str | None, password: str | None) -> Person | None:
        """Return the person with this name or address and password, None for anything else."""
        return authenticate(username or "", password or "")
