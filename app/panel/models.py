"""The panel's own tables."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.clock import UtcDateTime, utc_now
from app.core.database import Line
from app.core.keys import Key, uuid7


class AnsweredRequest(Model):
    """A write of the API that was done under an idempotency key: proof that it must not be done again.

    `position` counts the entries of one bulk request. `answer` names records by key and carries none of their
    values; `request_digest` tells a repeated request from another one that reuses the key.
    """

    __tablename__ = "panel_answered_request"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False)
    key_digest: Mapped[str] = mapped_column(Line(64), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    request_digest: Mapped[str] = mapped_column(String(64), nullable=False)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False)
    answered_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index(None, "person_id", "key_digest", "position", unique=True),
            Index(None, "answered_at", "id"),
        )
