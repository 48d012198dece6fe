"""The page on which a manager decides what a role sees of one kind of record: which fields, and which records."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.doors import door
from app.access.errors import FixedRole, HoldsMore
from app.access.forms import require_same
from app.access.role_pages import role_number
from app.access.roles import find_role, role_label
from app.access.rules import row_rule_of
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, Invalid, NotFound
from app.core.kernel import kernel
from app.core.limits import Sight
from app.core.permissions import granted
from app.panel.role_sight import (
    PREFIX,
    effect_of_wish,
    filter_words,
    inputs_of,
    is_fixed,
    keep_wish,
    present_rows,
    read_wish,
    stamp_of,
    usable_views,
)


class RoleSightView(BaseView):
    """What a role sees of records."""

    route_base = "/roles"
    default_view = "show"

    @expose("/<token>/sees/<slice_name>/<noun>/")
    @door("access:role:list")
    def show(self, token: str, slice_name: str, noun: str) -> Any:
        """The fields and the filter."""
        return _page(*_asked(token, slice_name, noun), token)

    @expose("/<token>/sees/<slice_name>/<noun>/", methods=["POST"])
    @door("access:role:edit", step_up=True)
    def keep(self, token: str, slice_name: str, noun: str) -> Any:
        """Show what a change would do, or save it."""
        role, screen = _asked(token, slice_name, noun)
        if "again" in request.form:
            return _page(role, screen, token)
        try:
            require_same(request.form.get("stamp"), stamp_of(role, screen))
            wish = read_wish(screen, request.form)
            if "preview" in request.form:
                effect = effect_of_wish(role, screen, wish)
                return _effect_page(role, screen, token, effect)
            keep_wish(role, screen, wish)
        except (Invalid, HoldsMore, Conflict, FixedRole) as refusal:
            db.session.rollback()
            errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
            return _page(*_asked(token, slice_name, noun), token, errors), refusal.status
        flash(_("What the role sees is saved. It counts from the next click on."), "success")
        return _to_role(token)


def _asked(token: str, slice_name: str, noun: str) -> tuple[Role, Screen]:
    screen = kernel().screens.get(f"{slice_name}:{noun}")
    if screen is None:
        raise NotFound
    return find_role(role_number(token)), screen


def _to_role(token: str) -> Response:
    return redirect(f"/roles/{token}")


def _page(role: Role, screen: Screen, token: str, errors: dict[str, Any] | None = None) -> str:
    posted = {
        name.removeprefix(PREFIX): text for name, text in request.form.items() if name.startswith(PREFIX)
    }
    messages = {name: str(message) for name, message in (errors or {}).items()}
    document = row_rule_of(role.id, screen.name)
    return render_template(
        "access/role_sight.html",
        role_name=role_label(role.name),
        token=token,
        screen=screen,
        plural=str(screen.plural),
        inputs=inputs_of(role, screen, posted, messages),
        sights=[(sight.value, str(sight.label)) for sight in Sight],
        rows=request.form.get("rows", present_rows(role, screen)),
        rows_words=filter_words(screen, document) if document else "",
        views=usable_views(screen),
        view=request.form.get("view", ""),
        stamp=stamp_of(role, screen),
        errors=messages,
        may_edit=granted("access:role:edit") and not is_fixed(role),
    )


def _effect_page(role: Role, screen: Screen, token: str, effect: Any) -> str:
    return render_template(
        "access/role_sight_effect.html",
        role_name=role_label(role.name),
        token=token,
        screen=screen,
        plural=str(screen.plural),
        effect=effect,
        kept=[(name, text) for name, text in request.form.items() if name not in ("preview", "csrf_token")],
    )
