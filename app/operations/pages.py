"""The pages of jobs: the list, one job with its progress, and what their scripts ask for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, session
from flask_appbuilder import BaseView, expose
from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.doors import door
from app.access.present import present_person_id
from app.core import fields
from app.core.errors import NotFound
from app.core.jobs import JOBS, job_address
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token
from app.core.permissions import granted
from app.operations.models import UNFINISHED, Job, JobState
from app.operations.services import (
    CANCEL_ALL,
    LIST_ALL,
    MOST_SHOWN_AS_WORKING,
    WORKING,
    cancel_job,
    count_working,
    find_job,
    list_jobs,
)
from app.operations.timekeeping import a_worker_lives
from app.panel.people import person_names

ALL_JOBS = f"{JOBS}all"
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job as a person reads it; `percent` is None while nobody knows how much there is to do."""

    url: str
    title: str
    state: str
    tone: str
    progress: str
    percent: int | None
    asked_by: str
    asked_at: str
    started_at: str
    finished_at: str
    is_running: bool
    is_finished: bool
    message: str
    summary: str
    result_url: str
    cancel_url: str


def job_key(token: str) -> uuid.UUID:
    """Return the job's key of a token; raise `NotFound`."""
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound()
    return parts[0]


class JobsView(BaseView):
    """Jobs: mine, everybody's, one of them."""

    route_base = JOBS.rstrip("/")
    default_view = "mine"

    @expose("/")
    @door()
    def mine(self) -> Any:
        """The jobs that the person asked for."""
        return _list(everybody=False)

    @expose("/all")
    @door(LIST_ALL)
    def all(self) -> Any:
        """Everybody's jobs, the program's own included."""
        return _list(everybody=True)

    @expose("/working")
    @door()
    def working(self) -> Any:
        """How many jobs of the person are under way, for the mark in the top bar."""
        count = count_working()
        if count == 0:
            session.pop(WORKING, None)
        return jsonify(working=count, text=working_text(count))

    @expose("/<token>")
    @door()
    def show(self, token: str) -> Any:
        """One job."""
        job = find_job(job_key(token))
        line = job_lines([job])[0]
        if line.is_finished and count_working() == 0:
            session.pop(WORKING, None)
        idle = job.state is JobState.WAITING and not a_worker_lives()
        return render_template("operations/job.html", job=line, worker_is_absent=idle)

    @expose("/<token>/state")
    @door()
    def state(self, token: str) -> Any:
        """One job's state and progress, for its page's script."""
        line = job_lines([find_job(job_key(token))])[0]
        return jsonify(
            state=line.state,
            tone=line.tone,
            progress=line.progress,
            percent=line.percent,
            finished=line.is_finished,
        )

    @expose("/<token>/cancel", methods=["POST"])
    @door()
    def cancel(self, token: str) -> Response:
        """Call the job off."""
        key = job_key(token)
        if cancel_job(key):
            flash(_("The job stops as soon as nothing is left half done."), "info")
        else:
            flash(_("The job had ended already."), "warning")
        return redirect(job_address(key))


def _list(*, everybody: bool) -> str:
    before = request.args.get("before", "")
    jobs = list_jobs(everybody=everybody, before=job_key(before) if before else None, limit=PAGE_SIZE + 1)
    path, shown = (ALL_JOBS if everybody else JOBS), jobs[:PAGE_SIZE]
    more = f"{path}?before={encode_token([shown[-1].id])}" if len(jobs) > PAGE_SIZE else ""
    return render_template(
        "operations/jobs.html",
        jobs=job_lines(shown),
        everybody=everybody,
        other_url=(JOBS if everybody else ALL_JOBS) if granted(LIST_ALL) else "",
        first_url=path if before else "",
        next_url=more,
    )


def job_lines(jobs: Sequence[Job]) -> list[JobLine]:
    """Return jobs as they are read; the names of those who asked take one statement."""
    names = person_names(job.asked_by for job in jobs)
    return [_line(job, names.get(job.asked_by, "") if job.asked_by is not None else "") for job in jobs]


def _line(job: Job, asked_by: str) -> JobLine:
    kind = kernel().job_kinds.get(job.kind)
    moment = fields.Moment("moment", "")
    url = job_address(job.id)
    unfinished = job.state in UNFINISHED
    may_cancel = job.asked_by == present_person_id() or granted(CANCEL_ALL)
    is_done = job.state is JobState.DONE and kind is not None
    stopping = job.state is JobState.RUNNING and job.cancel_asked_at is not None
    return JobLine(
        url=url,
        title=str(kind.label) if kind is not None else job.kind,
        state=_("Stopping") if stopping else str(job.state.label),
        tone=job.state.tone,
        progress=progress_text(job),
        percent=min(100, job.done * 100 // job.total) if job.total else None,
        asked_by=asked_by or _("The program itself"),
        asked_at=moment.display(job.created_at),
        started_at=moment.display(job.started_at),
        finished_at=moment.display(job.finished_at),
        is_running=job.state is JobState.RUNNING,
        is_finished=not unfinished,
        message=message_text(job),
        summary=kind.summary(job.result) if is_done and kind else "",
        result_url=kind.address(job.id, job.result) if is_done and kind else "",
        cancel_url=f"{url}/cancel" if unfinished and not stopping and may_cancel else "",
    )


def progress_text(job: Job) -> str:
    """Return how far the job is: “120 of 500 (24%)”, “120 done”, or nothing yet."""
    if job.total:
        share = min(1, job.done / job.total)
        return _(
            "%(done)s of %(total)s (%(share)s)",
            done=format_decimal(min(job.done, job.total)),
            total=format_decimal(job.total),
            share=format_percent(int(share * 100) / 100),
        )
    return _("%(done)s done", done=format_decimal(job.done)) if job.done else ""


def message_text(job: Job) -> str:
    """Return why the job failed, in the reader's language where the reason is one of ours."""
    if job.state is not JobState.FAILED:
        return ""
    if job.message_code == "gave-up":
        return _(
            "This was tried several times and stopped each time without getting on. Ask whoever runs Kebu."
        )
    if job.message_code == "unexpected":
        return _(
            "Something unexpected happened. What was done before it is kept. Tell your manager this number: "
            "%(number)s.",
            number=job.incident,
        )
    return job.message or _("This did not work.")


def working_text(count: int) -> str:
    """Return what the mark in the top bar says."""
    if count > MOST_SHOWN_AS_WORKING - 1:
        return _("Working on many jobs")
    return ngettext("Working on %(num)d job", "Working on %(num)d jobs", count) if count else ""
