"""Customers, tags and contacts as tables."""

from __future__ import annotations

import datetime
import uuid

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship, validates

from app.access.models import Branch, Person
from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.money import Money
from app.core.record import Record, Trashable
from app.core.upload import Upload
from app.people.names import last_four, search_key


class Sex(Choices):
    """A person's sex, as far as they told us."""

    FEMALE = "female", _l("Female")
    MALE = "male", _l("Male")
    OTHER = "other", _l("Other")


class Source(Choices):
    """How a customer first found the shop."""

    WALK_IN = "walk_in", _l("Walked in")
    REFERRAL = "referral", _l("Recommended by a customer")
    WECHAT = "wechat", _l("WeChat")
    PLATFORM = "platform", _l("Meituan or Dianping")
    SOCIAL = "social", _l("Douyin or Xiaohongshu")
    PHONE = "phone", _l("Phone call")
    WEBSITE = "website", _l("Own website")
    EVENT = "event", _l("Event or leaflet")
    OTHER = "other", _l("Other")


class TagColour(Choices):
    """The colour of a tag's dot."""

    GREY = "grey", _l("Grey"), "neutral"
    GREEN = "green", _l("Green"), "good"
    AMBER = "amber", _l("Amber"), "warning"
    RED = "red", _l("Red"), "bad"
    BLUE = "blue", _l("Blue"), "info"


class ContactKind(Choices):
    """What a contact was about."""

    INQUIRY = "inquiry", _l("Inquiry"), "info"
    COMPLAINT = "complaint", _l("Complaint"), "bad"
    SUGGESTION = "suggestion", _l("Suggestion")
    FOLLOW_UP = "follow_up", _l("Follow-up")


class Channel(Choices):
    """By which way a contact came about."""

    PHONE = "phone", _l("Phone")
    CHAT = "chat", _l("WeChat or chat")
    EMAIL = "email", _l("E-mail")
    VISIT = "visit", _l("In the shop")


class ContactState(Choices):
    """Where a contact stands."""

    OPEN = "open", _l("To do"), "warning"
    IN_PROGRESS = "in_progress", _l("In progress"), "info"
    DONE = "done", _l("Done"), "good"
    DROPPED = "dropped", _l("Dropped"), "neutral"


UNSETTLED = (ContactState.OPEN, ContactState.IN_PROGRESS)

# Both columns make the key: a tag is on a customer once. The second index answers "who has this tag".
customer_tag = Table(
    "people_customer_tag",
    Model.metadata,
    Column("customer_id", Key, ForeignKey("people_customer.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", Key, ForeignKey("people_tag.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "tag_id", "customer_id"),
)


class Tag(Record):
    """A word by which customers are grouped by hand."""

    __tablename__ = "people_tag"
    __table_args__ = (Index(None, "name", unique=True), Index(None, "created_at", "id"))

    name: Mapped[str] = mapped_column(Line(40), nullable=False)
    colour: Mapped[TagColour] = mapped_column(
        choice_column(TagColour, "colour"), default=TagColour.GREY, nullable=False
    )
    notes: Mapped[str | None] = mapped_column(Text)


class Customer(Record, Trashable):
    """A person who buys here, or might."""

    __tablename__ = "people_customer"
    __about__ = "id"
    __table_args__ = (
        Index(None, "code", unique=True),
        Index(None, "name", "id"),
        Index(None, "name_key", "id"),
        Index(None, "phone", "id"),
        Index(None, "phone_last4", "id"),
        Index(None, "birth_date", "id"),
        Index(None, "branch_id", "id"),
        Index(None, "branch_id", "name", "id"),
        Index(None, "source", "name", "id"),
        Index(None, "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(Line(100), nullable=False)
    name_key: Mapped[str] = mapped_column(Line(200), nullable=False)
    code: Mapped[str | None] = mapped_column(Line(30))
    sex: Mapped[Sex | None] = mapped_column(choice_column(Sex, "sex"))
    birth_date: Mapped[datetime.date | None] = mapped_column(Date)
    phone: Mapped[str | None] = mapped_column(Line(24))
    phone_last4: Mapped[str | None] = mapped_column(Line(4))
    wechat: Mapped[str | None] = mapped_column(Line(60))
    email: Mapped[str | None] = mapped_column(Line(120))
    address: Mapped[str | None] = mapped_column(String(300))
    source: Mapped[Source | None] = mapped_column(choice_column(Source, "source"))
    branch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("access_branch.id"))
    notes: Mapped[str | None] = mapped_column(Text)

    branch: Mapped[Branch | None] = relationship(Branch)
    tags: Mapped[list[Tag]] = relationship(Tag, secondary=customer_tag, order_by=Tag.name)

    @validates("name")
    def _keep_name_key(self, _attribute: str, name: str) -> str:
        self.name_key = search_key(name or "")
        return name

    @validates("phone")
    def _keep_last_four(self, _attribute: str, phone: str | None) -> str | None:
        self.phone_last4 = last_four(phone)
        return phone


class Contact(Record, Trashable):
    """What a customer asked, told or was told, who takes care of it, by when, and where it stands."""

    __tablename__ = "people_contact"
    __about__ = "customer_id"
    __table_args__ = (
        Index(None, "customer_id", "id"),
        Index(None, "due_on", "id"),
        Index(None, "state", "due_on", "id"),
        Index(None, "owner_id", "state", "due_on", "id"),
        Index(None, "created_at", "id"),
        Index(None, "subject", "id"),
        Index(None, "attachment_id"),
        CheckConstraint("(amount_minor IS NULL) = (amount_currency IS NULL)", name="amount_whole"),
    )

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people_customer.id"), nullable=False)
    kind: Mapped[ContactKind] = mapped_column(choice_column(ContactKind, "kind"), nullable=False)
    channel: Mapped[Channel] = mapped_column(choice_column(Channel, "channel"), nullable=False)
    subject: Mapped[str] = mapped_column(Line(120), nullable=False)
    details: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    due_on: Mapped[datetime.date | None] = mapped_column(Date)
    state: Mapped[ContactState] = mapped_column(
        choice_column(ContactState, "state"), default=ContactState.OPEN, nullable=False
    )
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    amount_currency: Mapped[str | None] = mapped_column(String(3))
    attachment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_upload.id"))

    amount: Mapped[Money | None] = composite("amount_minor", "amount_currency")
    customer: Mapped[Customer] = relationship(Customer)
    owner: Mapped[Person | None] = relationship(Person)
    attachment: Mapped[Upload | None] = relationship(Upload)

    def is_overdue(self, day: datetime.date) -> bool:
        """Say whether this should have been settled before `day` and is not."""
        return self.due_on is not None and self.due_on < day and self.state in UNSETTLED
