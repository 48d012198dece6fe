"""What no form fills in of the records that say something of adopted databases: commands make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.adoption.models import Role


def needed(screen: str, called: str, parent: Callable[[str], Any]) -> dict[str, Any]:
    """Return the values that a record of a screen needs beside those of its form; `parent(screen)` makes another."""
    match screen:
        case "adoption:source":
            place = {"shown_address": "", "only_schema": "", "locked_address": b"x"}
            return {"code": called, "is_used": False, "read_only": False, **place}
        case "adoption:table":
            names = {"schema_name": "", "name": called, "noun": called}
            texts = {"title_column": "", "key_columns": ""}
            return {
                "source": parent("adoption:source"),
                "position": 1,
                **names,
                **texts,
                **_unticked("is_shown"),
            }
        case "adoption:column":
            names = {"name": called, "attribute": called, "choices": "", "links_to": ""}
            ticks = _unticked("is_shown", "in_list", "is_parked")
            return {"table": parent("adoption:table"), "position": 1, **names, **ticks}
        case "adoption:role":
            texts = ("schema_name", "table_name", "parent_schema", "parent_table", "parent_on", "columns")
            more = ("filter", "unit", "refunds", "refund_filter", "epoch")
            played = {"role": Role.SALES, "confidence": 1, "is_used": False}
            return {"source": parent("adoption:source"), **dict.fromkeys((*texts, *more), ""), **played}
    return {}


def _unticked(*names: str) -> dict[str, bool]:
    return dict.fromkeys((*names, "read_only"), False)
