"""The page of messages: which went to whom and when, and nothing of what they said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.access.doors import door
from app.core import fields
from app.core.crypto import Damaged
from app.core.errors import Conflict, NotFound
from app.core.keys import decode_token, encode_token
from app.core.permissions import granted
from app.messaging.failures import failure_words
from app.messaging.letters import masked, open_letter
from app.messaging.models import Channel, Message, MessageState
from app.messaging.outbox import LIST, RETRY, list_messages, send_again
from app.messaging.sending_settings import outlets
from app.messaging.texts import KIND_LABELS
from app.operations.timekeeping import a_worker_lives

MESSAGES = "/messaging/messages/"
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as a person reads it."""

    title: str
    to: str
    way: str
    state: str
    tone: str
    when: str
    tries: str
    problem: str
    again_url: str


class MessagesView(BaseView):
    """Messages: the list, and another try for one."""

    route_base = MESSAGES.rstrip("/")
    default_view = "list"

    @expose("/")
    @door(LIST)
    def list(self) -> Any:
        """The messages, newest first, of one state or all."""
        state = _state(request.args.get("state", ""))
        before = request.args.get("before", "")
        found = list_messages(state, _key(before) if before else None, PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return render_template(
            "messaging/messages.html",
            lines=[_line(row, again) for row, again in shown],
            tabs=_tabs(state),
            first_url=_address(state) if before else "",
            next_url=_address(state, shown[-1][0].id) if len(found) > PAGE_SIZE else "",
            note=_waiting_note([row for row, _again in shown]),
        )

    @expose("/<token>/again", methods=["POST"])
    @door(RETRY)
    def again(self, token: str) -> Response:
        """Let a dead message wait again."""
        try:
            send_again(_key(token))
        except Conflict:
            flash(
                _("This message can't be sent again: it has gone, or what it says no longer holds."),
                "warning",
            )
        else:
            flash(_("The message waits to be sent again."), "success")
        return redirect(MESSAGES)


def _key(token: str) -> uuid.UUID:
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound
    return parts[0]


def _state(text: str) -> MessageState | None:
    return MessageState(text) if text in list(MessageState) else None


def _address(state: MessageState | None, before: uuid.UUID | None = None) -> str:
    asked = {"state": state.value} if state is not None else {}
    if before is not None:
        asked["before"] = encode_token([before])
    return f"{MESSAGES}?{urlencode(asked)}" if asked else MESSAGES


def _tabs(present: MessageState | None) -> list[tuple[str, str, bool]]:
    every = [(_("All"), _address(None), present is None)]
    return every + [(str(each.label), _address(each), each is present) for each in MessageState]


def _line(row: Message, may_go_again: bool) -> MessageLine:
    moment = fields.Moment("moment", "")
    try:
        to = masked(open_letter(row.locked, row.id).to)
    except Damaged:
        to = _("unreadable")
    again = may_go_again and granted(RETRY)
    return MessageLine(
        title=str(KIND_LABELS.get(row.kind, row.kind)),
        to=to,
        way=str(row.channel.label),
        state=str(row.state.label),
        tone=row.state.tone,
        when=moment.display(row.ended_at or row.created_at),
        tries=ngettext("%(num)d try", "%(num)d tries", row.attempts) if row.attempts else "",
        problem=failure_words(row.error, row.answer),
        again_url=f"{MESSAGES}{encode_token([row.id])}/again" if again else "",
    )


def _waiting_note(rows: list[Message]) -> str:
    """Return why what waits does wait, when somebody can do something about it."""
    waiting = {row.channel for row in rows if row.state in (MessageState.WAITING, MessageState.FAILED)}
    if not waiting:
        return ""
    if Channel.MAIL in waiting and outlets().mail is None:
        return _(
            "No mail server is set. Whoever runs Kebu sees waiting messages with “python3 run.py messages”."
        )
    if waiting & set(outlets().sending) and not a_worker_lives():
        return _("No worker is running, so nothing is sent. Ask whoever runs Kebu to start one.")
    return ""
