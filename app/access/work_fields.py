"""Work fields: the inputs of an account that say in which branches its person works."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.authority import own_sight
from app.access.forms import Options, Picks, Radios
from app.access.models import Branch
from app.access.shop import branch_choices
from app.core.database import db
from app.core.errors import Invalid
from app.core.fields import Field
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token

EVERYWHERE, SOME = "all", "some"
# The inputs, beside which the refusals of `confining` stand.
CHOICE, BOXES = "works", "works_in"


def work_fields(shown: frozenset[uuid.UUID] = frozenset()) -> tuple[Field, ...]:
    """Return the inputs for where somebody works who is confined to `shown` now; none in a shop of one branch."""
    branches = _boxes(shown)
    if len(branches) < 2 and not shown:
        return ()
    if own_sight().branches is not None:
        # Who is confined himself has nothing else to choose: “all” would only be refused.
        return (_picks(branches, _l("Works in")),)
    choice = Radios(CHOICE, _l("Works in"), required=True, options=_all_or_some)
    return (choice, _picks(branches, _l("Only in these branches"), visible_when=(CHOICE, (SOME,))))


def _all_or_some() -> Options:
    return (
        (EVERYWHERE, _("All branches")),
        (SOME, _("Only some branches: Records of others are out of sight.")),
    )


def _picks(branches: Options, label: Any, **more: Any) -> Picks:
    return Picks(BOXES, label, options=lambda: branches, **more)


def _boxes(shown: frozenset[uuid.UUID]) -> Options:
    """Return the branches in use, and those of `shown` that are not any more; only what may be seen."""
    choices = list(branch_choices())
    missing = [branch for branch in shown if encode_token([branch]) not in dict(choices)]
    if missing:
        called = kernel().screens["access:branch"].called
        query = select(Branch.id, Branch.name).where(Branch.id.in_(missing)).order_by(Branch.name)
        for identity, name in db.session.execute(query.limit(len(missing))):
            choices.append((encode_token([identity]), _("%(branch)s (closed)", branch=called(name))))
    return choices


def work_values(works_in: Iterable[uuid.UUID]) -> dict[str, Any]:
    """Return what stands in the inputs for somebody who is confined to these branches."""
    tokens = {encode_token([branch]) for branch in works_in}
    return {CHOICE: SOME if tokens else EVERYWHERE, BOXES: tokens}


def own_work_values() -> dict[str, Any]:
    """Return what stands in the inputs of a new account: the branches of whoever makes it."""
    return work_values(own_sight().branches or ())


def read_works_in(values: Mapping[str, Any]) -> frozenset[uuid.UUID] | None:
    """Return what the inputs say, None where there were none; raise `Invalid` for “only these” without any."""
    if BOXES not in values:
        return None
    if values.get(CHOICE) == EVERYWHERE:
        return frozenset()
    if not values[BOXES]:
        raise Invalid({BOXES: _("Please tick at least one branch.")})
    return frozenset(
        key for token in values[BOXES] for key in decode_token(token) if isinstance(key, uuid.UUID)
    )
