"""Uploads: the row that describes a stored file; its bytes lie in the instance folder under the row's key."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.record import Record


class Upload(Record):
    """One stored file: the name it came with, its type as found in the bytes, its size in bytes, its digest."""

    __tablename__ = "core_upload"
    # It never changes; that a record has another file now is told by the record's own history.
    __journalled__ = False

    file_name: Mapped[str] = mapped_column(String(200), nullable=False)
    media_type: Mapped[str] = mapped_column(String(100), nullable=False)
    size: Mapped[int] = mapped_column(BigInteger, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
