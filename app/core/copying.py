"""Copying: which records can be made from the rows of another program's table; slices register, the panel copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# By the name of a screen and a role: the columns of the role's contract and the fields of the screen that make each.
CopyHints = Callable[[str, str], Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class CopyTarget:
    """Records of `screen` can be copied in.

    A table that plays `role` (`customers`) is proposed for it; `fields` say which field each column of that role's
    contract fills (`{"birthday": "birth_date"}`). Columns that no role speaks of are proposed by their names.
    """

    screen: str
    role: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
