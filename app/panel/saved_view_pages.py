"""What pages show of saved views: the views above a list, and the form of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.access.roles import list_roles, role_label
from app.core.declaration import Screen
from app.core.keys import encode_token
from app.core.permissions import granted
from app.panel.addresses import VIEW, address
from app.panel.form_models import FormField
from app.panel.pages import ViewBar, ViewTab
from app.panel.saved_view_commands import SHARE, ViewDraft, may_change_such
from app.panel.saved_view_models import LONGEST_NAME, Visibility
from app.panel.saved_views import SavedView, default_view, is_changed, kept_pairs, named_view, views_on


def views_path(screen: Screen) -> str:
    """Return where the views of a list are made and changed."""
    return f"/views{screen.path}"


def view_bar(screen: Screen, arguments: MultiDict[str, str]) -> ViewBar | None:
    """Return the views above a list; None where there is none and nothing that could become one."""
    views, current, asked = views_on(screen), named_view(screen, arguments), kept_pairs(arguments)
    if not views and not asked:
        return None
    plain = address(screen.path, MultiDict({VIEW: ""} if default_view(screen) else {}))
    everything = ViewTab(_("All"), plain, is_current=current is None and not asked)
    tabs = [
        ViewTab(each.name, each.address(), current is not None and each.id == current.id, _note(each))
        for each in views
    ]
    new_url = address(f"{views_path(screen)}add", arguments)
    if current is None:
        return ViewBar((everything, *tabs), new_url=new_url if asked else "")
    changed, place = is_changed(current, arguments), f"{views_path(screen)}{current.token}"
    may_change = may_change_such(is_mine=current.is_mine, is_shared=current.is_shared)
    return ViewBar(
        (everything, *tabs),
        is_changed=changed,
        new_url=new_url if changed else "",
        replace_url=address(f"{place}/replace", arguments) if changed and may_change else "",
        edit_url=f"{place}/edit" if may_change else "",
        delete_url=f"{place}/delete" if may_change else "",
        delete_question=_delete_question(current),
        deed_url=f"{place}/choose",
        deeds=_deeds(current),
    )


def _note(view: SavedView) -> str:
    parts = [_("shared")] if view.is_shared else []
    return ", ".join([*parts, *([_("the list opens with it")] if view.is_default else [])])


def _delete_question(view: SavedView) -> str:
    if view.is_shared:
        return _("Delete the view “%(name)s” for all who have it?", name=view.name)
    return _("Delete the view “%(name)s”?", name=view.name)


def _deeds(view: SavedView) -> tuple[tuple[str, str, str], ...]:
    pin = ("unpin", _("Take out of the menu"), "x-lg")
    if not view.is_pinned:
        pin = ("pin", _("Keep in the menu"), "bookmark")
    start = ("close", _("Don't open the list with it"), "x-lg")
    if not view.is_default:
        start = ("open", _("Open the list with it"), "house")
    return pin, start


@dataclass(frozen=True, slots=True)
class ViewForm:
    """The form of a view; `hidden` goes along."""

    screen: Any
    title: str
    action: str
    back_url: str
    fields: tuple[FormField, ...]
    hidden: tuple[tuple[str, str], ...] = ()
    message: str = ""


def view_form(
    screen: Screen,
    draft: ViewDraft,
    *,
    action: str,
    back_url: str,
    title: str,
    place: str,
    errors: Mapping[str, Any] | None = None,
    hidden: tuple[tuple[str, str], ...] = (),
) -> ViewForm:
    """Return the form holding a draft and a place as it was typed; who may not share is not asked with whom."""
    found = {name: str(text) for name, text in (errors or {}).items()}
    fields = [_name_field(draft, found)]
    if granted(SHARE):
        fields += [_visibility_field(draft, found), _roles_field(draft.roles, found)]
    fields += [
        _tick("is_pinned", _("Keep in the menu"), draft.is_pinned),
        _tick("is_default", _("Open the list with it"), draft.is_default),
        FormField(
            "position",
            _("Place among the views"),
            "number",
            values=(place,),
            help=_("A smaller number comes first."),
            attributes={"inputmode": "numeric", "maxlength": "4"},
            required=True,
            error=found.get("position", ""),
        ),
    ]
    return ViewForm(screen, title, action, back_url, tuple(fields), hidden, found.get("", ""))


def _name_field(draft: ViewDraft, errors: Mapping[str, str]) -> FormField:
    limits = {"maxlength": str(LONGEST_NAME)}
    error = errors.get("name", "")
    return FormField(
        "name",
        _("Name of the view"),
        "text",
        values=(draft.name,),
        required=True,
        attributes=limits,
        error=error,
    )


def _visibility_field(draft: ViewDraft, errors: Mapping[str, str]) -> FormField:
    return FormField(
        "visibility",
        _("Who sees it"),
        "select",
        values=(draft.visibility.value,),
        choices=tuple((each.value, str(each.label)) for each in Visibility),
        required=True,
        help=_("A view never shows more of the list than a person's role does."),
        error=errors.get("visibility", ""),
    )


def _roles_field(chosen: Collection[int], errors: Mapping[str, str]) -> FormField:
    roles = list_roles()
    return FormField(
        "roles",
        _("Roles"),
        "ticks",
        values=tuple(encode_token([role.id]) for role in roles if role.id in chosen),
        choices=tuple((encode_token([role.id]), role_label(role.name)) for role in roles),
        required=True,
        when="visibility",
        when_values=(Visibility.ROLES.value,),
        error=errors.get("roles", ""),
    )


def _tick(name: str, label: str, value: bool) -> FormField:
    return FormField(name, label, "checkbox", values=("1",) if value else ())
