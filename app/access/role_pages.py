"""The pages on which roles are made and given their rights."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user

from app.access.addresses import HOME
from app.access.authority import role_names
from app.access.comparing import differing_rights, differing_sights
from app.access.doors import door
from app.access.effects import effect_of, rehearse
from app.access.errors import HoldsMore
from app.access.forms import require_same
from app.access.grants import OWNER, granted_names, grants_of
from app.access.looking import begin_look, leave_look
from app.access.matrix import in_order, matrix, offered_names, verb_labels, with_all
from app.access.roles import add_role, change_role, delete_role, find_role, holders, list_roles, role_label
from app.access.rules import row_rule_of, sights_of
from app.access.signing.factors import ANY, NO, TOTP
from app.access.signing.role_needs import need_of
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token
from app.core.limits import Sight
from app.core.permissions import granted

ROLES = "/roles/"
_NEEDS = (
    (NO, _l("The password is enough")),
    (ANY, _l("A code as well: from the phone or by mail")),
    (TOTP, _l("A code from an app on the phone as well")),
)


def role_number(token: str) -> int:
    """Return the role number of a token; raise `NotFound`."""
    parts = decode_token(token)
    if len(parts) != 1 or type(parts[0]) is not int or not 0 < parts[0] < 2**31:
        raise NotFound
    return parts[0]


def sight_lines(role_id: int) -> list[tuple[str, str, str]]:
    """Return for each kind of record what it is called, the address of what the role sees of it, and that in short."""
    lines = []
    for screen in kernel().screens.values():
        seen = sights_of(role_id, screen.name).values()
        parts = [
            ngettext("%(num)d field masked", "%(num)d fields masked", masked)
            if (masked := sum(sight is Sight.MASKED for sight in seen))
            else "",
            ngettext("%(num)d field hidden", "%(num)d fields hidden", hidden)
            if (hidden := sum(sight is Sight.HIDDEN for sight in seen))
            else "",
            _("some records only") if row_rule_of(role_id, screen.name) else "",
        ]
        address = f"/roles/{encode_token([role_id])}/sees{screen.path}"
        lines.append((str(screen.plural), address, ", ".join(filter(None, parts)) or _("Everything")))
    return lines


def stamp(names: Collection[str]) -> str:
    """Return a fingerprint of a role's rights as shown."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:32]


def grantable() -> set[str]:
    """Return what the person at the screen may hand out: what he holds himself and what the shop offers."""
    return set(granted_names()) & offered_names()


class RolesView(BaseView):
    """Roles: list, add, rights, delete."""

    route_base = "/roles"
    default_view = "list"

    @expose("/")
    @door("access:role:list")
    def list(self) -> Any:
        """The roles and how many people hold each."""
        roles = list_roles()
        counts = holders(role.id for role in roles)
        rows = [(role_label(role.name), encode_token([role.id]), counts.get(role.id, 0)) for role in roles]
        return render_template("access/roles.html", rows=rows, can_add=granted("access:role:add"))

    @expose("/add", methods=["GET", "POST"])
    @door("access:role:add", step_up=True)
    def add(self) -> Any:
        """The form for a new role."""
        like = request.values.get("like", "")
        if request.method == "GET":
            return _blank_page(like)
        name, may_grant = request.form.get("name", ""), grantable()
        ticked = frozenset(request.form.getlist("granted")) & may_grant
        if "all" in request.form:
            return _page(None, name, with_all(ticked, request.form["all"], may_grant), {}, like=like)
        try:
            add_role(name, ticked, request.form.get("need") or NO, role_number(like) if like else None)
        except (Invalid, HoldsMore) as refusal:
            return _page(None, name, ticked, _messages(refusal), like=like), refusal.status
        flash(_("The role is ready. Give it to people on the accounts page."), "success")
        return redirect(ROLES)

    @expose("/<token>", methods=["GET"])
    @door("access:role:list")
    def show(self, token: str) -> Any:
        """A role and its rights."""
        role = find_role(role_number(token))
        return _page(role, role_label(role.name), role_names(role), {})

    @expose("/<token>/edit", methods=["POST"])
    @door("access:role:edit", step_up=True)
    def edit(self, token: str) -> Any:
        """Show what a change of a role's name and rights would do, or save it."""
        role = find_role(role_number(token))
        name, held, editable = request.form.get("name", ""), role_names(role), grantable()
        kept = role.name if name == role_label(role.name) else name
        wanted = (frozenset(request.form.getlist("granted")) & editable) | (held - editable)
        if "all" in request.form or "again" in request.form:
            return _page(role, name, with_all(wanted, request.form.get("all", ""), editable), {})
        change = partial(change_role, role.id, kept, held, wanted, request.form.get("need"))
        try:
            require_same(request.form.get("stamp"), stamp(held))
            if "preview" in request.form:
                rehearse(change)
                return _effect_page(find_role(role_number(token)), name, wanted)
            change()
        except (Invalid, HoldsMore, Conflict) as refusal:
            db.session.rollback()
            role = find_role(role_number(token))
            return _page(role, name, wanted, _messages(refusal)), refusal.status
        flash(_("The role is saved. It counts from the next click on."), "success")
        return redirect(ROLES)

    @expose("/compare")
    @door("access:role:list")
    def compare(self) -> Any:
        """Where two roles differ."""
        roles = list_roles()
        one, other = (_chosen(request.args.get(name, ""), roles) for name in ("one", "other"))
        rights = differing_rights(one, other, _("Allowed"), "–") if one and other else []
        sights = differing_sights(one, other) if one and other else []
        choices = [(encode_token([role.id]), role_label(role.name)) for role in roles]
        chosen = [encode_token([each.id]) if each else "" for each in (one, other)]
        return render_template(
            "access/compare_roles.html", choices=choices, chosen=chosen, rights=rights, sights=sights
        )

    @expose("/<token>/delete", methods=["POST"])
    @door("access:role:delete", step_up=True)
    def delete(self, token: str) -> Any:
        """Delete a role that nobody holds."""
        try:
            delete_role(role_number(token))
        except (HoldsMore, Conflict) as refusal:
            flash(refusal.message, "danger")
            return redirect(f"{ROLES}{token}")
        flash(_("The role is deleted."), "success")
        return redirect(ROLES)

    @expose("/<token>/look", methods=["POST"])
    @door("access:role:look")
    def look(self, token: str) -> Any:
        """See the program as this role does."""
        begin_look(role_number(token))
        return redirect(HOME)


class LookView(BaseView):
    """The way back from looking as a role."""

    route_base = "/look"
    default_view = "leave"

    @expose("/leave", methods=["POST"])
    @door()
    def leave(self) -> Any:
        """Go back to the own rights."""
        leave_look()
        flash(_("You have your own rights again."), "success")
        return redirect(ROLES if "access:role:list" in grants_of(current_user.id) else HOME)


def _messages(refusal: Invalid | HoldsMore | Conflict) -> dict[str, Any]:
    return refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}


def _chosen(token: str, roles: Sequence[Role]) -> Role | None:
    return next((role for role in roles if token == encode_token([role.id])), None)


def _blank_page(like: str) -> str:
    """Return the form for a new role: empty, or with the rights of another one as far as one may hand them out."""
    if not like:
        return _page(None, "", frozenset(), {})
    model = find_role(role_number(like))
    name = _("Copy of %(role)s", role=role_label(model.name))
    return _page(None, name, role_names(model) & grantable(), {}, like=like, need=need_of(model))


def _effect_page(role: Role, name: str, wanted: Collection[str]) -> str:
    """Return the page that says what a change would do, with the change in hidden inputs."""
    need = request.form.get("need") or need_of(role)
    effect = effect_of(role, role_label(role.name), wanted)
    return render_template(
        "access/role_effect.html",
        token=encode_token([role.id]),
        heading=role_label(role.name),
        name=name,
        is_renamed=name not in (role.name, role_label(role.name)),
        wanted=in_order(set(wanted) & grantable()),
        need=need,
        need_words=str(dict(_NEEDS)[need]) if need != need_of(role) else "",
        stamp=stamp(role_names(role)),
        effect=effect,
    )


def _page(
    role: Role | None,
    name: str,
    ticked: Collection[str],
    errors: dict[str, Any],
    *,
    like: str = "",
    need: str = NO,
) -> str:
    fixed = role is not None and role.name == OWNER
    may_edit = granted("access:role:edit" if role is not None else "access:role:add") and not fixed
    return render_template(
        "access/role.html",
        role=role,
        token=encode_token([role.id]) if role is not None else "",
        name=name,
        errors=errors,
        verbs=verb_labels(),
        needs=[(key, str(label)) for key, label in _NEEDS],
        need=request.form.get("need") or (need_of(role) if role is not None else need),
        groups=matrix(ticked, grantable() if may_edit else (), role_names(role) if role is not None else ()),
        like=like,
        sights=sight_lines(role.id) if role is not None and not fixed else [],
        may_copy=role is not None and not fixed and granted("access:role:add"),
        stamp=stamp(role_names(role)) if role is not None else "",
        fixed=fixed,
        may_edit=may_edit,
        may_look=role is not None and granted("access:role:look"),
        may_delete=role is not None and not fixed and granted("access:role:delete"),
    )
