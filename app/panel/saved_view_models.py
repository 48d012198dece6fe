"""The table of saved views: what a list was asked, under a name, for oneself, for roles or for everybody."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record

LONGEST_NAME = 80


class Visibility(Choices):
    """Who sees a view."""

    OWN = "own", _l("Only me")
    ROLES = "roles", _l("These roles")
    EVERYBODY = "everybody", _l("Everybody who sees the list")


# For whom a view with visibility `roles` is meant.
view_role = Table(
    "panel_view_role",
    Model.metadata,
    Column("view_id", Key, ForeignKey("panel_view.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Integer, ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "role_id", "view_id"),
)

# What one person decided otherwise than the view says; an empty column follows the view.
view_choice = Table(
    "panel_view_choice",
    Model.metadata,
    Column("view_id", Key, ForeignKey("panel_view.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True),
    Column("is_pinned", Boolean),
    Column("is_default", Boolean),
    Index(None, "person_id", "view_id"),
)


class View(Record):
    """A question to a list under a name.

    `arguments` are the address's, as JSON pairs; `is_pinned` puts it into the menu and `is_default` opens the list
    with it, for all who see it.
    """

    __tablename__ = "panel_view"
    # How somebody likes to look at a list is no fact about the shop.
    __journalled__ = False

    __table_args__ = (
        Index(None, "owner_id", "screen", "name", unique=True),
        Index(None, "visibility", "id"),
    )

    name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    screen: Mapped[str] = mapped_column(Line(130), nullable=False)
    arguments: Mapped[str] = mapped_column(Text, nullable=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False)
    visibility: Mapped[Visibility] = mapped_column(
        choice_column(Visibility, "visibility"), default=Visibility.OWN, nullable=False
    )
    position: Mapped[int] = mapped_column(Integer, default=100, nullable=False)
    is_pinned: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False)
    is_default: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False)
