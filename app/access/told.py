"""Told: who holds which role, and which role may do what, changes only by verbs that tell the journal what it means.

FAB keeps both in link tables of numbers, of which the journal's listener could make nothing that a person reads. So
the guard refuses every statement on them, a flush included, that does not say `TOLD`.
"""

from __future__ import annotations

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)

from app.access.signing.tables import RoleFactor
from app.journal.guarding import TOLD_BY_VERBS

# The execution options of a verb's own statement on one of these tables.
TOLD = {"unjournalled": "the verb tells of it"}
# FAB's groups hold roles too; the program has none.
_GROUPS = ("ab_group", "ab_user_group", "ab_group_role")
TABLES = (
    *(model.__table__ for model in (Role, Permission, ViewMenu, PermissionView, RoleFactor)),
    *(assoc_user_role, assoc_permissionview_role),
    *(Model.metadata.tables[name] for name in _GROUPS),
)
for _table in TABLES:
    # Several tables may have been given one and the same dictionary.
    _table.info = {**_table.info, TOLD_BY_VERBS: True}
