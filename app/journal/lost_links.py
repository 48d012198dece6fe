"""Lost links: deleting a record takes it out of other records' lists, which the session never hears of."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import RelationshipProperty, Session

from app.core.keys import encode_token
from app.journal.about import whom_of
from app.journal.changes import Change
from app.journal.coverage import Plan, holders
from app.journal.values import links

_HOLDERS_AT_ONCE = 1_000


def lost_links(session: Session, plan: Plan, key: tuple[Any, ...]) -> Iterator[Change]:
    """Yield how the lists of others change when the record with this key goes, read in batches by key.

    Records with keys of several parts stand in no link table of the house.
    """
    for holder, link in holders(plan.mapper):
        if link.secondary is None or len(key) > 1 or len(holder.keys) > 1:
            continue
        after: Any = None
        while batch := _holders(session, link, key[0], after):
            lists = _lists(session, link, batch)
            for each in batch:
                linked = [encode_token([one]) for one in lists[each]]
                kept = [encode_token([one]) for one in lists[each] if one != key[0]]
                yield Change(
                    holder.subject,
                    encode_token([each]),
                    {link.key: links(linked)},
                    {link.key: links(kept)},
                    about=whom_of(holder, each),
                )
            after = batch[-1]


def _sides(link: RelationshipProperty[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the link table's two columns: whose list it is, and what stands in it."""
    near = next(right for _left, right in link.synchronize_pairs)
    far = next(right for _left, right in link.secondary_synchronize_pairs or ())
    return near, far


def _holders(session: Session, link: RelationshipProperty[Any], key: Any, after: Any) -> list[uuid.UUID]:
    near, far = _sides(link)
    query = select(near).where(far == key).order_by(near).limit(_HOLDERS_AT_ONCE)
    if after is not None:
        query = query.where(near > after)
    return list(session.connection().scalars(query))


def _lists(session: Session, link: RelationshipProperty[Any], batch: list[Any]) -> dict[Any, list[Any]]:
    near, far = _sides(link)
    found: dict[Any, list[Any]] = defaultdict(list)
    for holder, linked in session.connection().execute(select(near, far).where(near.in_(batch))):
        found[holder].append(linked)
    return found
