"""The page of a long change: where it stands, what came of it, and going on with it or giving it up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template
from flask_appbuilder import BaseView, expose
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access.doors import door
from app.core.database import db
from app.core.errors import Conflict, Invalid
from app.core.jobs import job_address
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.permissions import granted, require
from app.panel.columns import titles_of
from app.shaping import works
from app.shaping.definitions import find_field, read_definitions
from app.shaping.kinds import field_of
from app.shaping.pages import HOME, field_key, fields_address, message_of
from app.shaping.plans import plan_of
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.stored import Stored
from app.shaping.work_lines import line_of, work_address
from app.shaping.work_models import ShapingWork, WorkState


@dataclass(frozen=True, slots=True)
class LeftValue:
    """A value that did not fit the new kind, and the record where it stands."""

    title: str
    value: str
    url: str


class WorkView(BaseView):
    """One long change."""

    route_base = "/shaping/work"
    default_view = "show"

    @expose("/<token>")
    @door()
    def show(self, token: str) -> Any:
        """Where it stands; of a conversion that is done, what did not fit."""
        work = _find(token)
        name, back = _about(work)
        if work.state is not WorkState.DONE:
            return render_template("shaping/work.html", work=line_of(work), name=name, back_url=back)
        wanted = work.wanted
        return render_template(
            "shaping/converted.html",
            name=str(wanted.label),
            kind=str(wanted.kind.label),
            fitted=work.fitted,
            left=work.left_over,
            examples=_left_values(work),
            back_url=back,
        )

    @expose("/<token>/go-on", methods=["POST"])
    @door()
    def go_on(self, token: str) -> Response:
        """Go on with it."""
        return _do(_find(token), works.go_on)

    @expose("/<token>/give-up", methods=["POST"])
    @door()
    def give_up(self, token: str) -> Response:
        """Let go of it."""
        return _do(_find(token), works.give_up)


def _find(token: str) -> ShapingWork:
    """Return a work that the person has the right to; raise `NotFound` or `Forbidden`."""
    work = works.find_work(field_key(token))
    is_type = work.subject_id in {row.id for row in read_definitions().types}
    require(TYPE_CHANGE if is_type else FIELD_CHANGE)
    return work


def _about(work: ShapingWork) -> tuple[str, str]:
    """Return what the field or type is called, and the page to go back to."""
    types = {row.id: row for row in read_definitions().types}
    if work.subject_id in types:
        return str(types[work.subject_id].label), HOME
    row = find_field(work.subject_id)
    return str(row.label), fields_address(row.screen) if row.screen in kernel().screens else HOME


def _do(work: ShapingWork, verb: Any) -> Response:
    work_id, back = work.id, _about(work)[1]
    try:
        job = verb(work_id)
    except (Invalid, Conflict) as refusal:
        flash(message_of(refusal), "danger")
        return redirect(back)
    if job is not None:
        return redirect(job_address(job))
    return redirect(work_address(work_id) if _is_told_of(work_id) else back)


def _is_told_of(work_id: uuid.UUID) -> bool:
    found = select(ShapingWork.id).where(ShapingWork.id == work_id).limit(1)
    return db.session.scalar(found) is not None


def _left_values(work: ShapingWork) -> list[LeftValue]:
    """Return the first values that do not fit, of records that the person may see; the old field has them."""
    screen = kernel().screens.get(work.screen)
    if screen is None or not granted(screen.permission("show")):
        return []
    row = find_field(work.subject_id)
    stored, entry = Stored.of(row), field_of(row.name, plan_of(row))
    keys = work.named_keys
    query = select(stored.rows.c.id, *stored.columns).where(stored.rows.c.id.in_(keys), stored.is_filled)
    values = {each.id: stored.value(each) for each in db.session.execute(query.limit(len(keys)))}
    titles = titles_of(screen, [(key,) for key in values])
    return [
        LeftValue(titles[key,], entry.display(value), screen.path + encode_token((key,)))
        for key, value in values.items()
        if (key,) in titles
    ]
