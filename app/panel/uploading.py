"""Uploads in forms: a file is stored as it arrives and survives a form that comes back with a message."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core import fields, storage
from app.core.fields.base import FieldProblem
from app.core.kernel import kernel
from app.core.upload import Upload

KEPT_SECONDS = 24 * 3600


@dataclass
class Incoming:
    """A file that was stored but belongs to no record yet; `ticket` lets the next post of the form name it."""

    upload: Upload
    ticket: str


def read_upload(entry: fields.File, posted: Any, ticket: str) -> Incoming | None:
    """Return the file a form brings, new or kept from the last try; None for none. Raises `FieldProblem`."""
    if posted is not None and posted.filename:
        limit = current_app.config["KEBU_SETTINGS"].upload_limit_mb * 1024 * 1024
        upload = storage.store(posted.stream, posted.filename, entry.accept, limit)
        return Incoming(upload, _sign(upload))
    return _kept(ticket) if ticket else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept-upload")


def _sign(upload: Upload) -> str:
    return _serializer().dumps(
        [str(upload.id), upload.file_name, upload.media_type, upload.size, upload.sha256]
    )


def _kept(ticket: str) -> Incoming:
    try:
        key, name, media_type, size, sha256 = _serializer().loads(ticket, max_age=KEPT_SECONDS)
    except (BadSignature, ValueError, TypeError) as error:
        raise FieldProblem(_("Please choose the file again.")) from error
    upload = Upload(id=uuid.UUID(key), file_name=name, media_type=media_type, size=size, sha256=sha256)
    if not storage.path_of(kernel().home, upload.id).is_file():
        raise FieldProblem(_("Please choose the file again."))
    return Incoming(upload, ticket)
