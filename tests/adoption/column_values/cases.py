"""A type as it is declared, with literals of its values, and what texts and JSON all databases can hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One declared type with literals of its values."""

    backend: str
    declared: str
    literals: tuple[str, ...]

    @property
    def needs_null(self) -> bool:
        """Whether NULL must be allowed by word: an old MariaDB fills in the first TIMESTAMP of a table."""
        return self.backend == "mariadb" and self.declared.startswith("timestamp")

    def __str__(self) -> str:
        return f"{self.backend}-{self.declared}"


TEXTS = (
    "''",
    "' '",
    "'  a  '",
    "'\"\"'",
    "'\"'",
    '\'""""\'',
    "'\"a\"'",
    "'NULL'",
    "'王小明 \U0001f43e é'",
    "'O''Brien \\% _'",
    "'<b>&amp;</b>'",
    "'\u2400\u240d\u240a\u241b\u241bx00'",
    "'\u200ba\u202eb\ufeff'",
    "'a\tb'",
)
JSON = (
    '\'{"b": 1, "a": 2,  "b": 3}\'',
    "'\"\"'",
    "'\"a\"'",
    "'null'",
    "'[]'",
    "'12345678901234567890123.4500'",
    '\'{"x":"\\u4e2d"}\'',
)
