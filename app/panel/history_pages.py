"""The pages of the journal: a record's history, a batch, and the buttons that take changes back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.core.errors import NotFound
from app.core.jobs import enqueue, job_address
from app.core.keys import decode_token
from app.core.permissions import require
from app.journal import reading
from app.journal.batches import begin_undo, undo_batch
from app.journal.jobs import UNDO_BATCH
from app.journal.undoing import Outcome, undo_entry
from app.panel.columns import read_key
from app.panel.history import MOST_AT_ONCE, batch_page, history_page, place_after_undo, undone_page
from app.panel.signed_in import record_door, require_signed_in, signed_in
from app.panel.views import screen_for
from app.panel.writing import find


def journal_key(token: str) -> uuid.UUID:
    """Return the key of an entry or a batch that an address names; raise `NotFound` for anything else."""
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound()
    return parts[0]


class HistoryView(BaseView):
    """What happened to records, and the way back."""

    route_base = ""
    default_view = "history"

    @expose("/<slice_name>/<noun>/<token>/history")
    @record_door("history", "show")
    def history(self, slice_name: str, noun: str, token: str) -> Any:
        """A record's history: the fragment that its tab loads, or a page of its own."""
        screen = screen_for(slice_name, noun, "history")
        require(screen.permission("show"))
        record = find(screen, read_key(screen, token), in_trash=None, names=())
        page = history_page(screen, record, request.args.get("before", ""))
        is_fragment = request.headers.get("X-Requested-With") == "fetch"
        return render_template("_history.html" if is_fragment else "history.html", page=page)

    @expose("/journal/entry/<token>/undo", methods=["POST"])
    @signed_in
    def undo(self, token: str) -> AnyResponse:
        """Take one change back, if nobody changed the same since."""
        require_signed_in()
        key = journal_key(token)
        undone = undo_entry(key)
        if undone.outcome is Outcome.RESTORED:
            flash(_("The change is taken back."), "success")
        else:
            flash(_("Nothing was taken back: %(reason)s.", reason=undone.outcome.label), "warning")
        return redirect(place_after_undo(reading.entry_of(key), restored=undone.outcome is Outcome.RESTORED))

    @expose("/journal/batch/<token>")
    @signed_in
    def batch(self, token: str) -> Any:
        """What an import or a bulk edit did, as far as the person may see it."""
        require_signed_in()
        page = batch_page(journal_key(token), request.args.get("before", ""))
        is_fragment = request.headers.get("X-Requested-With") == "fetch"
        return render_template("_history.html" if is_fragment else "batch.html", page=page)

    @expose("/journal/batch/<token>/undo", methods=["POST"])
    @signed_in
    def undo_batch(self, token: str) -> Any:
        """Take a whole batch back, here or in a worker, and say record by record what was left alone."""
        require_signed_in()
        key = journal_key(token)
        if begin_undo(key).total > MOST_AT_ONCE:
            return redirect(job_address(enqueue(UNDO_BATCH.name, {"batch": str(key)})))
        return render_template("batch_undone.html", page=undone_page(undo_batch(key)))
