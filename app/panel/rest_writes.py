"""Writes of the API: one record or many, each done once under an idempotency key, with an answer per entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.permissions import require
from app.core.record import Record
from app.core.transaction import transaction
from app.panel.columns import read_key, token_of
from app.panel.removing import remove
from app.panel.rest_once import AlreadyAnswered, Intent
from app.panel.writing import add_once, find, read_json, save

MOST_ENTRIES = 200
Answer = dict[str, Any]
_VERBS = {"add": "add", "change": "edit", "delete": "delete"}


def add(screen: Screen, body: Mapping[str, Any], intent: Intent) -> Answer:
    """Add a record and return `{"status": 201, "id": …}`."""
    key = uuid7() if issubclass(screen.model, Record) else None
    draft = read_json(screen, body)
    if key is None:
        return {"status": 201, "id": token_of(screen, save(screen, draft))}
    return _once(intent, {"status": 201, "id": encode_token([key])}, lambda: add_once(screen, draft, key))


def change(screen: Screen, token: str, body: Mapping[str, Any], intent: Intent) -> Answer:
    """Change the named members of a record that still is at the body's `row_version`."""
    key = read_key(screen, token)
    version = body.get("row_version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Invalid({"row_version": _("Send the row_version that you read.")})
    if known := intent.answer():
        return known
    draft = read_json(screen, body, find(screen, key))
    return _once(intent, {"status": 200, "id": token}, lambda: save(screen, draft, key, version))


def delete(screen: Screen, token: str, intent: Intent) -> Answer:
    """Move a record to the trash, or delete for good what has none."""
    key = read_key(screen, token)
    return _once(intent, {"status": 204, "id": token}, lambda: remove(screen, key))


def _once(intent: Intent, answer: Answer, act: Callable[[], Any]) -> Answer:
    """Do `act` unless it was done under this intent before; return what was answered then, or `answer`."""
    if known := intent.answer():
        return known
    try:
        with intent.noted(lambda: answer):
            act()
    except AlreadyAnswered as late:
        return late.answer
    return answer


def bulk(screen: Screen, body: Mapping[str, Any], intent: Intent) -> list[Answer]:
    """Do every entry of `operations` and return an answer for each, in order.

    With `atomic` all are done or none; otherwise each stands for itself. In the audit log they are one batch.
    """
    entries, atomic = body.get("operations"), body.get("atomic", False)
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_ENTRIES:
        raise Invalid({"operations": _("Send a list of 1 to %(most)d entries.", most=MOST_ENTRIES)})
    if not isinstance(atomic, bool):
        raise Invalid({"atomic": _("Please answer yes or no.")})
    with on_occasion(batch_id=uuid7()):
        return _all_or_nothing(screen, entries, intent) if atomic else _each(screen, entries, intent)


def _each(screen: Screen, entries: Sequence[Any], intent: Intent) -> list[Answer]:
    answers = []
    for position, entry in enumerate(entries):
        try:
            answers.append(_do(screen, entry, intent.at(position)))
        except KebuError as refusal:
            answers.append(_refusal(refusal))
    return answers


class EntryRefused(KebuError):
    """One entry of an all-or-nothing request was refused, so nothing was saved; `errors` names the entry's fields."""

    def __init__(self, position: int, refusal: KebuError) -> None:
        self.status, self.code = refusal.status, refusal.code
        errors = getattr(refusal, "errors", {})
        self.errors = {f"operations.{position}.{name}".rstrip("."): words for name, words in errors.items()}
        super().__init__(
            _(
                "Nothing was saved. Entry %(number)d: %(message)s",
                number=position + 1,
                message=refusal.message,
            )
        )


def _all_or_nothing(screen: Screen, entries: Sequence[Any], intent: Intent) -> list[Answer]:
    answers: list[Answer] = []

    def act() -> None:
        with transaction():
            for position, entry in enumerate(entries):
                try:
                    answers.append(_do(screen, entry, Intent(intent.person_id, "", "")))
                except KebuError as refusal:
                    raise EntryRefused(position, refusal) from refusal

    if known := intent.answer():
        return list(known["results"])
    try:
        with intent.noted(lambda: {"results": answers}):
            act()
    except AlreadyAnswered as late:
        return list(late.answer["results"])
    return answers


def _do(screen: Screen, entry: Any, intent: Intent) -> Answer:
    operation = entry.get("op") if isinstance(entry, dict) else None
    if not isinstance(operation, str) or operation not in _VERBS:
        raise Invalid({"op": _("Choose one of: %(choices)s.", choices=", ".join(_VERBS))})
    if _VERBS[operation] not in screen.verbs:
        raise Invalid({"op": _("This is not possible here.")})
    require(screen.permission(_VERBS[operation]))
    record = entry.get("record", {})
    if not isinstance(record, dict):
        raise Invalid({"record": _("Send a JSON object with the record's fields.")})
    if operation == "add":
        return add(screen, record, intent)
    token = entry.get("id")
    if not isinstance(token, str):
        raise Invalid({"id": _("Name the record by its id.")})
    if operation == "delete":
        return delete(screen, token, intent)
    return change(screen, token, record, intent)


def _refusal(refusal: KebuError) -> Answer:
    answer: Answer = {"status": refusal.status, "code": refusal.code, "detail": str(refusal)}
    if errors := getattr(refusal, "errors", None):
        answer["errors"] = {name: str(message) for name, message in errors.items()}
    return answer
