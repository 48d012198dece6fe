"""Files and pictures; what is stored is a key of `core.upload`, the bytes lie in the instance folder."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from app.core.fields.base import Field


@dataclass(frozen=True)
class File(Field):
    """One uploaded file; the model has a relationship of this name to `Upload` and `<name>_id`."""

    _: KW_ONLY
    accept: tuple[str, ...] = (
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    )
    widget: ClassVar[str] = "file"

    @property
    def column(self) -> str:
        return f"{self.name}_id"

    def display(self, value: Any) -> str:
        return "" if value is None else value.file_name

    def export(self, value: Any) -> str:
        return "" if value is None else value.file_name

    def to_json(self, value: Any) -> Any:
        if value is None:
            return None
        return {"name": value.file_name, "type": value.media_type, "size": value.size}

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "readOnly": True}


@dataclass(frozen=True)
class Image(File):
    """One picture; stored without metadata (position, camera) and shown as a thumbnail in lists."""

    _: KW_ONLY
    accept: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "image/gif")
    widget: ClassVar[str] = "image"
