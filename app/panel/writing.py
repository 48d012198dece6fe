"""Writing records: what was typed becomes values, values become one checked save; nothing typed is ever lost."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.database import db, is_unfit, writing
from app.core.deadlock import again_after_deadlock
from app.core.declaration import Screen
from app.core.errors import Conflict, Invalid, NotFound
from app.core.fields.base import FieldProblem, clean_text
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.reach import OutOfReach
from app.core.transaction import joined_transaction
from app.panel.columns import Key, key_predicate, known_members, token_of
from app.panel.gone_inputs import gone_inputs
from app.panel.link_values import linked_keys, reload_links, resolve_links
from app.panel.loading import loading, loading_whole
from app.panel.reach import BRANCH
from app.panel.reading import alive
from app.panel.refusals import refusal_of
from app.panel.rules import rule_messages
from app.panel.showing import hidden_names
from app.panel.telling import tell_out_of_reach
from app.panel.uniqueness import objections
from app.panel.uploading import Incoming, read_upload


class Stale(Conflict):
    """The record was changed after the person opened it; `record` is what stands now."""

    def __init__(self, record: Any) -> None:
        self.record = record
        super().__init__()


@dataclass
class Draft:
    """What a person typed: by field the raw texts, the values that could be read and the messages for the rest."""

    raw: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Incoming] = field(default_factory=dict)


def find(
    screen: Screen, key: Key, *, in_trash: bool | None = False, names: Sequence[str] | None = None
) -> Any:
    """Return the record with this key, with all (or the named) fields loaded; raise `NotFound`.

    `in_trash` None finds it in either place.
    """
    conditions = () if in_trash is None else alive(screen, in_trash=in_trash)
    shown = tuple(screen.fields) if names is None else tuple(names)
    options = loading(screen, shown)
    if names is None:
        options = [*loading_whole(screen), *options[1:]]
    query = (
        select(screen.model)
        .options(*options)
        .where(key_predicate(screen, key), *conditions)
        .execution_options(populate_existing=True)
        .limit(1)
    )
    try:
        record = db.session.scalars(query).unique().one_or_none()
    except DBAPIError as error:
        # An invented key of another program's table: types there are of every kind.
        if not is_unfit(error):
            raise
        db.session.rollback()
        raise NotFound() from None
    if record is None:
        tell_out_of_reach(screen, key)
        raise NotFound()
    return record


def editable_fields(screen: Screen, *, new: bool = False) -> list[fields.Field]:
    """Return the fields a form takes: not the read-only ones, nor links to what this shop does not use.

    Those that are given once are among them for a new record only.
    """
    return [
        entry
        for entry in screen.fields.values()
        if not entry.read_only
        and (new or not entry.given_once)
        and not (isinstance(entry, fields.Link | fields.Links) and entry.to not in kernel().screens)
    ]


def digest(raw: Sequence[str]) -> str:
    """Return a short fingerprint of an input's texts, blind to how the browser writes line ends."""
    joined = "\x1f".join(clean_text(text) for text in raw)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:8]


def raw_of(entry: fields.Field, record: Any) -> list[str]:
    """Return what the form shows for a record's present value."""
    if isinstance(entry, fields.File) or entry.masked:
        return []
    value = getattr(record, entry.name)
    target = kernel().screens.get(entry.to) if isinstance(entry, fields.Link | fields.Links) else None
    if target is not None:
        linked = value if isinstance(value, list) else [value] if value is not None else []
        return [token_of(target, each) for each in linked]
    return entry.raw(value)


def base_of(screen: Screen, record: Any, names: Collection[str] | None = None) -> str:
    """Return the fingerprints of all (or the named) inputs as first shown, for the form's hidden `base`."""
    return json.dumps(
        {
            entry.name: digest(raw_of(entry, record))
            for entry in editable_fields(screen)
            if names is None or entry.name in names
        },
        separators=(",", ":"),
    )


def read_form(
    screen: Screen,
    form: MultiDict[str, str],
    files: Mapping[str, Any],
    record: Any = None,
    names: Collection[str] | None = None,
) -> Draft:
    """Read a posted form, or only the inputs `names` of it.

    Inputs untouched since the form was opened (by `base`) are left alone altogether.
    """
    draft = Draft()
    base = _read_base(form.get("base", "")) if record is not None else {}
    for entry in editable_fields(screen, new=record is None):
        if names is not None and entry.name not in names:
            continue
        if isinstance(entry, fields.File):
            _read_file(entry, form, files, record, draft)
            continue
        raw = form.getlist(entry.name)
        draft.raw[entry.name] = raw
        if record is not None and (_keeps(entry, raw, base, form) or _is_left_masked(entry, raw)):
            continue
        _read_input(entry, raw, draft)
    gone = gone_inputs(screen, form, base, digest) if names is None else ""
    if gone:
        draft.errors[""] = gone
    _leave_hidden_alone(screen, draft, record, lambda entry: draft.raw.get(entry.name))
    resolve_links(screen, draft, record)
    apply_rules(screen, record, draft)
    return draft


def _keeps(entry: fields.Field, raw: list[str], base: dict[str, str], form: MultiDict[str, str]) -> bool:
    """Say whether the record's value stays: its input is untouched, or the person chose theirs in a conflict."""
    return form.get(f"use.{entry.name}") == "theirs" or base.get(entry.name) == digest(raw)


def _is_left_masked(entry: fields.Field, raw: list[str]) -> bool:
    """Say whether nothing was typed over a value that the person can't read: that keeps it, whatever `base` says."""
    return entry.masked and not any(text.strip() for text in raw)


def _read_input(entry: fields.Field, raw: list[str], draft: Draft) -> None:
    try:
        draft.values[entry.name] = entry.parse(raw)
    except FieldProblem as problem:
        draft.errors[entry.name] = problem.message


def _read_base(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_file(
    entry: fields.File, form: MultiDict[str, str], files: Mapping[str, Any], record: Any, draft: Draft
) -> None:
    try:
        incoming = read_upload(entry, files.get(entry.name), form.get(f"{entry.name}.kept", ""))
    except FieldProblem as problem:
        draft.errors[entry.name] = problem.message
        return
    if incoming is not None:
        draft.uploads[entry.name] = incoming
        draft.values[entry.name] = incoming.upload
    elif form.get(f"{entry.name}.remove"):
        draft.values[entry.name] = None
    stored = record is not None and getattr(record, entry.column) is not None
    empty = draft.values.get(entry.name) is None and (entry.name in draft.values or not stored)
    if entry.required and empty:
        draft.errors[entry.name] = _("Please choose a file.")


def read_json(screen: Screen, document: Mapping[str, Any], record: Any = None) -> Draft:
    """Read a REST body: absent members stay as they are on a change, and are empty on a new record."""
    draft = Draft()
    written = editable_fields(screen, new=record is None)
    takes = {entry.name: entry for entry in written if not isinstance(entry, fields.File)}
    for name in document.keys() - takes.keys() - known_members(screen, document, record):
        draft.errors[str(name)[:60]] = _("This field does not exist or can't be written.")
    for name, entry in takes.items():
        if name not in document and record is not None:
            continue
        try:
            present = name in document
            if entry.masked and record is not None and document[name] in (None, []):
                # As a form's empty input: who can't read the value sends back what was read, which is nothing.
                continue
            draft.values[name] = (
                entry.from_json(document.get(name)) if present else entry.parse(entry.default)
            )
        except FieldProblem as problem:
            draft.errors[name] = problem.message
    _refuse_hidden(screen, draft, record, document)
    resolve_links(screen, draft, record)
    apply_rules(screen, record, draft)
    return draft


def _leave_hidden_alone(
    screen: Screen, draft: Draft, record: Any, posted: Callable[[fields.Field], Sequence[str] | None]
) -> set[str]:
    """Forget what was read for fields that don't show: they are neither required nor changed. Return their names."""

    def raw(entry: fields.Field) -> Sequence[str]:
        found = posted(entry)
        if found is not None:
            return found
        return raw_of(entry, record) if record is not None else ()

    hidden = hidden_names(screen, raw)
    for name in hidden:
        draft.values.pop(name, None)
        draft.errors.pop(name, None)
        draft.uploads.pop(name, None)
    return hidden


def _refuse_hidden(screen: Screen, draft: Draft, record: Any, document: Mapping[str, Any]) -> None:
    """Leave fields that don't apply alone; a program that gives one a new value is told, as it sees no form."""
    given = {name: value for name, value in draft.values.items() if document.get(name) not in (None, [])}

    def posted(entry: fields.Field) -> Sequence[str] | None:
        return entry.raw(draft.values[entry.name]) if entry.name in draft.values else None

    for name in _leave_hidden_alone(screen, draft, record, posted):
        if name in given and (
            record is None or raw_of(screen.fields[name], record) != _raw(screen, name, given)
        ):
            draft.errors[name] = _("This does not apply, given the record's other values.")


def _raw(screen: Screen, name: str, values: Mapping[str, Any]) -> list[str]:
    entry = screen.fields[name]
    if isinstance(entry, fields.Link | fields.Links):
        keys = values[name] if isinstance(entry, fields.Links) else [values[name]]
        return [encode_token(key) for key in keys]
    return entry.raw(values[name])


def apply_rules(screen: Screen, record: Any, draft: Draft) -> None:
    """Add what the screen's rules object to: what must not occur twice, and what spans fields."""
    for name, message in objections(screen, record, draft.values).items():
        draft.errors.setdefault(name, message)
    for name, message in rule_messages(screen, record, draft.values).items():
        draft.errors.setdefault(name, message)


def add_once(screen: Screen, draft: Draft, key: uuid.UUID | None) -> Any:
    """Save a new record under `key`; a second try with the same key returns what the first one saved.

    Raises `Stale` when the second try brings other values: what was typed since must not vanish without a word.
    """
    if key is None:
        return save(screen, draft)
    draft.values["id"] = key
    try:
        return save(screen, draft)
    except Invalid:
        saved = db.session.get(screen.model, key)
        if saved is None:
            raise
        if any(getattr(saved, name) != value for name, value in draft.values.items()):
            raise Stale(find(screen, (key,))) from None
        return saved
    finally:
        del draft.values["id"]


def save(screen: Screen, draft: Draft, key: Key | None = None, version: int | None = None) -> Any:
    """Save a draft without errors as a new record, or onto the record with `key` if it still is at `version`.

    Raises `Invalid` with the draft's or the database's objections, `Stale` with what stands now. Inside an open
    transaction it joins in, and what it raises must undo that one.
    """
    if draft.errors:
        raise Invalid(draft.errors)
    linked = {name: linked_keys(screen, name, value) for name, value in draft.values.items()}
    joins = writing.get()

    def put() -> Any:
        with joined_transaction():
            values = {
                name: reload_links(screen, name, value, linked[name]) for name, value in draft.values.items()
            }
            record = _create(screen, values) if key is None else _change(screen, key, version, values)
            db.session.flush()
        return record

    try:
        # A file that came with the form is put in its place once.
        return put() if joins or draft.uploads else again_after_deadlock(put)
    except (IntegrityError, DataError, OperationalError) as error:
        raise Invalid(refusal_of(error, screen)) from error
    except OutOfReach as refusal:
        raise Invalid(_by_field(screen, draft, refusal)) from refusal
    except StaleDataError as error:
        # In somebody else's transaction nothing more can be read: it is broken until it is undone.
        raise (Conflict() if joins else Stale(find(screen, key or ()))) from error


def _by_field(screen: Screen, draft: Draft, refusal: OutOfReach) -> dict[str, Any]:
    """Return the refusal beside what decides who sees a record: its branch, else the first of the links it follows."""
    deciding = [
        entry.name
        for entry in screen.fields.values()
        if isinstance(entry, fields.Link) and (entry.to == BRANCH or entry.name in screen.follows)
    ]
    return {next((name for name in deciding if name in draft.values), ""): refusal.message}


def _create(screen: Screen, values: dict[str, Any]) -> Any:
    if screen.prepare_new is not None:
        screen.prepare_new(values)
    record = screen.model()
    assign(record, values)
    db.session.add(record)
    return record


def _change(screen: Screen, key: Key, version: int | None, values: dict[str, Any]) -> Any:
    record = find(screen, key)
    if version is not None and getattr(record, "row_version", version) != version:
        raise Stale(record)
    assign(record, values)
    return record


def assign(record: Any, values: dict[str, Any]) -> None:
    """Set what differs, so that only what really changes is written."""
    for name, value in values.items():
        if getattr(record, name) != value:
            # A new record's key is given now.
            if name in getattr(record, "__given_once__", ()) and inspect(record).persistent:
                raise Invalid({name: _("This tells the record from all others and can't be changed.")})
            setattr(record, name, value)
