"""Signing in: FAB's security manager with our person, our pages and one look-up a request."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, g
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from sqlalchemy import bindparam, select

from app.access.api_keys.calling import caller
from app.access.api_keys.pages import KeysView
from app.access.grants import OWNER, granted_names
from app.access.models import AccessVersion, Person, SignedIn
from app.access.profile_pages import PasswordView, ProfileView
from app.access.role_pages import LookView, RolesView
from app.access.shop_pages import FirstRunView, ShopView
from app.access.signing.code_pages import CodeView
from app.access.signing.enrol_pages import EnrolView
from app.access.signing.link_pages import LinkView
from app.access.signing.mobile_pages import MobileView
from app.access.signing.oidc_pages import OidcView
from app.access.signing.security_pages import SecurityView
from app.access.signing.sessions import FULL, SEEN_EVERY, idle_for
from app.access.signing.step_up_pages import StepUpView
from app.access.signing.tables import SignInSession
from app.access.signing.tokens import digest_of
from app.access.signing_pages import PreferencesView, SignInView, SignOutView
from app.access.user_pages import UsersView
from app.core.clock import utc_now
from app.core.database import db

_ACCOUNT, _VERSION, _SESSION = Person.__table__.c, AccessVersion.__table__.c, SignInSession.__table__.c
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
        _SESSION.digest,
        _SESSION.amr,
        _SESSION.stepped_up_at,
        _SESSION.look_role_id,
        _SESSION.look_until,
        _SESSION.seen_at,
        select(_VERSION.version).limit(1).scalar_subquery(),
    )
    .select_from(SignInSession.__table__.join(Person.__table__, _ACCOUNT.id == _SESSION.person_id))
    .where(
        _SESSION.digest == bindparam("digest"),
        _SESSION.stage == FULL,
        _SESSION.expires_at > bindparam("now"),
        _SESSION.seen_at > bindparam("idle_since"),
        _ACCOUNT.active.is_(True),
    )
    .limit(1)
    .execution_options(unlimited="who is there is asked before what they may see")
)


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
        # Tries are counted in the database, for all processes together: `signing.attempts`.
        config["AUTH_RATE_LIMITED"] = False
        config["RATELIMIT_ENABLED"] = False
        super().__init__(appbuilder)
        # Asked when no cookie names a session: a program that calls the API with a key.
        self.lm.request_loader(caller)

    def register_views(self) -> None:
        """Register our own pages and none of FAB's: no API sign-in, no charts, no views of its tables."""
        self.auth_view = self.appbuilder.add_view_no_menu(SignInView)
        self.user_view = self.appbuilder.add_view_no_menu(UsersView)
        for view in (
            SignOutView,
            OidcView,
            CodeView,
            EnrolView,
            LinkView,
            StepUpView,
            SecurityView,
            MobileView,
            PreferencesView,
            ProfileView,
            PasswordView,
            RolesView,
            KeysView,
            LookView,
            FirstRunView,
            ShopView,
        ):
            self.appbuilder.add_view_no_menu(view)

    def load_user(self, secret: int | str) -> SignedIn | None:
        """Return the active person of a living session with one statement, which brings the access version along."""
        digest = digest_of(str(secret))
        if not digest:
            return None
        now = utc_now()
        row = db.session.execute(
            _PERSON, {"digest": digest, "now": now, "idle_since": now - idle_for()}
        ).one_or_none()
        if row is None:
            return None
        *person, seen_at, version = row
        g.access_version = version or 0
        if now - seen_at >= SEEN_EVERY:
            g.kebu_session_seen = digest
        loaded = SignedIn(*person)
        if loaded.look_until is not None and loaded.look_until <= now:
            g.kebu_look_over = True
            return replace(loaded, look_role_id=None, look_until=None)
        return loaded

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

    def auth_user_db(self, username: str | None, password: str | None) -> None:  # noqa: ARG002 - FAB's signature
        """Nobody signs in past our own pages."""
        return
