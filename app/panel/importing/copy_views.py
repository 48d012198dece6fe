"""The page on which a copy out of another program's table begins, below that table's own screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.access.step_up import require_step_up
from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.fields.base import FieldProblem
from app.core.keys import encode_token
from app.panel.addresses import address
from app.panel.importing.copying import begin_copy, hints_for, targets_for_copies
from app.panel.importing.errors import NotCopyable, SourceAway, Unreadable
from app.panel.importing.origins import (
    Origin,
    conditions_in,
    copied_fields,
    is_outside,
    question_of,
    require_copyable,
)
from app.panel.list_page import count_text, read_question
from app.panel.reading import capped_count
from app.panel.signed_in import record_door
from app.panel.speech import mid_sentence
from app.panel.views import screen_for

MOST_JOINED = 3


@dataclass(frozen=True, slots=True)
class CopyPage:
    """How many rows would be copied, by which conditions, what they can become, and columns to put together."""

    screen: Any
    title: str
    action: str
    list_url: str
    back_url: str
    count_text: str
    conditions: tuple[str, ...]
    targets: tuple[tuple[str, str, bool], ...]
    columns: tuple[tuple[str, str], ...]
    joined: tuple[str, ...] = ("",) * MOST_JOINED
    problem: str = ""


class CopyView(BaseView):
    """Which rows of a table are to become which records."""

    route_base = ""
    default_view = "copy"

    @expose("/<slice_name>/<noun>/copy", methods=["GET", "POST"])
    @record_door("list", "export")
    def copy(self, slice_name: str, noun: str) -> Any:
        """Choose what the rows become; what follows are the pages of an import."""
        screen = screen_for(slice_name, noun, "export")
        if not is_outside(screen) or not targets_for_copies():
            raise NotFound()
        require_step_up()
        if request.method == "GET":
            return render_template("import/copy.html", page=_page(screen, request.args))
        target = next(
            (each for each in targets_for_copies() if each.name == request.form.get("target")), None
        )
        try:
            if target is None:
                raise NotCopyable(_("Please choose what the rows are to become."))
            key = begin_copy(screen, target, conditions_in(request.args), _joined(screen))
        except (NotCopyable, SourceAway, Invalid, FieldProblem, Unreadable) as refusal:
            page = _page(screen, request.args, _words(refusal))
            return render_template("import/copy.html", page=page), 422
        return redirect(f"{target.path}import/{encode_token((key,))}/columns")


def _joined(screen: Screen) -> list[tuple[str, ...]]:
    able = {each.name for each in copied_fields(screen)}
    names = tuple(
        dict.fromkeys(
            name for at in range(MOST_JOINED) if (name := request.form.get(f"join.{at}", "")) in able
        )
    )
    return [names] if len(names) > 1 else []


def _words(refusal: Any) -> str:
    if isinstance(refusal, Invalid):
        return " ".join(str(text) for text in refusal.errors.values())
    return str(refusal.message)


def _page(screen: Screen, arguments: MultiDict[str, str], problem: str = "") -> CopyPage:
    kept = MultiDict(conditions_in(arguments))
    count = ""
    conditions: tuple[str, ...] = ()
    try:
        require_copyable(screen)
        _question, terms = read_question(screen, kept)
        conditions = tuple(term.words for term in terms)
        count = count_text(
            capped_count(question_of(screen, Origin(screen.name, tuple(kept.items(multi=True)), ())))
        )
    except (NotCopyable, Invalid) as refusal:
        problem = problem or _words(refusal)
    wanted = request.form.get("target", "")
    targets = targets_for_copies()
    likely = wanted or next((each.name for each in targets if hints_for(screen, each)), targets[0].name)
    return CopyPage(
        screen,
        _("Copy %(plural)s into Kebu", plural=mid_sentence(screen.plural)),
        address(f"{screen.path}copy", kept),
        address(screen.path, kept),
        address(f"{screen.path}export", kept),
        count,
        conditions,
        tuple((each.name, str(each.plural), each.name == likely) for each in targets),
        tuple((each.name, str(each.label)) for each in copied_fields(screen)),
        tuple(request.form.get(f"join.{at}", "") for at in range(MOST_JOINED)),
        problem,
    )
