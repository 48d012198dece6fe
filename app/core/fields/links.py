"""Links to other records. Values are keys; the panel finds the records and checks that the person may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.core.errors import UnreadableToken
from app.core.fields.base import Field, FieldProblem
from app.core.keys import KeyPart, decode_token

MOST_LINKS = 200


def _read_token(token: str) -> tuple[KeyPart, ...]:
    try:
        return decode_token(token)
    except UnreadableToken as error:
        raise FieldProblem(_("Please choose one from the suggestions.")) from error


@dataclass(frozen=True)
class Link(Field):
    """One record of the screen `to` (`slice:noun`); the model has a relationship of this name and a key column.

    `key_column` defaults to `<name>_id`.
    """

    _: KW_ONLY
    to: str
    key_column: str = ""
    widget: ClassVar[str] = "picker"

    @property
    def column(self) -> str:
        return self.key_column or f"{self.name}_id"

    def parse_text(self, text: str) -> tuple[KeyPart, ...]:
        return _read_token(text.strip())

    def from_json(self, document: Any) -> Any:
        if isinstance(document, dict):
            document = document.get("id")
        return super().from_json(document)

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/components/schemas/Link"}


@dataclass(frozen=True)
class Links(Field):
    """Any number of records of the screen `to`, through a link table (tags)."""

    _: KW_ONLY
    to: str
    widget: ClassVar[str] = "picker"
    multiple: ClassVar[bool] = True

    def parse(self, raw: Sequence[str]) -> list[tuple[KeyPart, ...]]:
        tokens = list(dict.fromkeys(text.strip() for text in raw if text.strip()))
        if len(tokens) > MOST_LINKS:
            raise FieldProblem(_("At most %(most)d.", most=MOST_LINKS))
        if not tokens and self.required:
            raise FieldProblem(_("Please fill this in."))
        return [_read_token(token) for token in tokens]

    def from_json(self, document: Any) -> Any:
        if document is None:
            return self.parse([])
        if not isinstance(document, list):
            raise FieldProblem(_("This must be a list of records."))
        tokens = [entry.get("id", "") if isinstance(entry, dict) else entry for entry in document]
        if not all(isinstance(token, str) for token in tokens):
            raise FieldProblem(_("This must be a list of records."))
        return self.parse(tokens)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"$ref": "#/components/schemas/Link"}, "maxItems": MOST_LINKS}
