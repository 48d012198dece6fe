"""The table of API keys. It is not journalled row by row: what happens to a key is told as a happening."""

from __future__ import annotations

import datetime
import uuid

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.access.signing.tables import DIGEST, OUTLIVES
from app.core.clock import UtcDateTime
from app.core.database import Line
from app.core.keys import Key, uuid7


class ApiKey(Model):
    """A key with which a program calls the API on behalf of the person who made it.

    The program holds `kebu_<public_id>_<secret>`; `digest` is the SHA-256 of the 256 random bits of its secret, which
    stand nowhere else. `scopes` are permission names with blanks between them, `branch_id` the one branch that the key
    is for. `minute` and `taken` count its calls for all processes (see `metering`). Keys that are over stay, so that
    the journal can call them by name.
    """

    __tablename__ = "access_api_key"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"), Index(None, "branch_id"), OUTLIVES)

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(Line(16), nullable=False, unique=True)
    digest: Mapped[str] = mapped_column(Line(DIGEST), nullable=False)
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    scopes: Mapped[str] = mapped_column(Text, nullable=False)
    # A branch that goes takes its keys along: an empty branch would mean all of them.
    branch_id: Mapped[uuid.UUID | None] = mapped_column(
        Key, ForeignKey("access_branch.id", ondelete="CASCADE")
    )
    person_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False
    )
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    replaced_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    last_address: Mapped[str] = mapped_column(Line(64), default="", nullable=False)
    minute: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    taken: Mapped[int] = mapped_column(Integer, default=0, nullable=False)

    def __repr__(self) -> str:
        return f"<ApiKey {self.id}>"
