"""JSON in a text column: the same on every database, written and read as a whole."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine


class JsonText(TypeDecorator[Any]):
    """Plain JSON kept as text; nobody searches in it, so the databases' own JSON types would gain nothing.

    MariaDB's is a text with a check, PostgreSQL's rejects what the others keep (a zero byte).
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # A text of MariaDB ends at 64 kilobytes.
        large = dialect.name in ("mysql", "mariadb")
        return dialect.type_descriptor(mysql.LONGTEXT() if large else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else json.dumps(value, allow_nan=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)
