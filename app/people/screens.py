"""What people see of customers, tags and contacts."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core import fields
from app.core.declaration import Group, RelatedPanel, Screen, Search
from app.people.fields import BirthDate
from app.people.models import (
    Channel,
    Contact,
    ContactKind,
    ContactState,
    Customer,
    Sex,
    Source,
    Tag,
    TagColour,
)
from app.people.names import last_four_typed, name_typed, phone_typed
from app.people.services import (
    CONTACT_STEP,
    code_is_taken,
    give_an_owner,
    tag_name_is_taken,
    take_contact_step,
)
from app.people.workflows import CONTACT_WORKFLOW


def _key(record: Any | None) -> uuid.UUID | None:
    return record.id if record is not None else None


def customer_rules(record: Any | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the messages for a customer whose member number is already given away."""
    if values.get("code") and code_is_taken(values["code"], _key(record)):
        return {"code": _l("Another customer has this number already (perhaps in the trash).")}
    return {}


def tag_rules(record: Any | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the messages for a tag whose name is already in use."""
    if values.get("name") and tag_name_is_taken(values["name"], _key(record)):
        return {"name": _l("There is a tag of this name already.")}
    return {}


CUSTOMER = Screen(
    "people",
    "customer",
    Customer,
    _l("Customer"),
    _l("Customers"),
    (
        Group(
            _l("Who they are"),
            (
                fields.Text("name", _l("Full name"), required=True, max_length=100),
                fields.Choice("sex", _l("Sex"), choices=Sex),
                BirthDate("birth_date", _l("Birthday")),
                fields.Links("tags", _l("Tags"), to="people:tag"),
            ),
        ),
        Group(
            _l("How to reach them"),
            (
                fields.Phone(
                    "phone", _l("Phone"), help=_l("Paste it as it is; blanks, hyphens and +86 don't matter.")
                ),
                fields.Text("wechat", _l("WeChat"), max_length=60),
                fields.Email("email", _l("E-mail")),
                fields.Text("address", _l("Address"), max_length=300),
            ),
        ),
        Group(
            _l("Visits and membership"),
            (
                fields.Text(
                    "code",
                    _l("Member number"),
                    max_length=30,
                    help=_l("As printed on their card, if they have one."),
                ),
                fields.Link("branch", _l("Branch"), to="access:branch"),
                fields.Choice("source", _l("Found us by"), choices=Source),
                fields.Moment("created_at", _l("Customer since"), read_only=True),
            ),
        ),
        Group(
            _l("Notes"),
            (
                fields.LongText(
                    "notes", _l("Notes"), help=_l("What a colleague should know before they call.")
                ),
            ),
        ),
    ),
    ("name", "phone", "tags", "branch", "source", "created_at"),
    icon="people",
    facts=("phone", "branch"),
    sorts=("name", "created_at", "birth_date"),
    sort="-id",
    search=(
        Search("name_key", prepare=name_typed),
        Search("phone", prepare=phone_typed),
        Search("phone_last4", mode="exact", prepare=last_four_typed),
        Search("code", mode="exact"),
    ),
    search_hint=_l("Name, phone, its last four digits or member number"),
    filters=("tags", "branch", "source", "sex", "created_at"),
    preview=("phone", "wechat", "birth_date", "tags", "branch", "notes"),
    rules=customer_rules,
    extensible=True,
    empty=_l("Add the first customer: a name is enough, the phone makes them easy to find."),
    order=10,
)

CONTACT = Screen(
    "people",
    "contact",
    Contact,
    _l("Contact"),
    _l("Contacts"),
    (
        Group(
            _l("What it is about"),
            (
                fields.Link("customer", _l("Customer"), to="people:customer", required=True),
                fields.Choice("kind", _l("Kind"), choices=ContactKind, required=True),
                fields.Choice("channel", _l("Channel"), choices=Channel, required=True),
                fields.Text("subject", _l("Subject"), required=True, max_length=120),
                fields.LongText("details", _l("Details")),
            ),
        ),
        Group(
            _l("Who does what by when"),
            (
                fields.Choice("state", _l("State"), choices=ContactState, read_only=True),
                fields.Link(
                    "owner",
                    _l("Taken care of by"),
                    to="access:person",
                    help=_l("Leave it empty to do it yourself."),
                ),
                fields.Date("due_on", _l("Due"), help=_l("On this day it shows up on the home page.")),
            ),
        ),
        Group(
            _l("More"),
            (
                fields.Money(
                    "amount", _l("Amount involved"), help=_l("What a complaint or an offer is about.")
                ),
                fields.File("attachment", _l("Attachment")),
                fields.Moment("created_at", _l("Recorded"), read_only=True),
            ),
        ),
    ),
    ("subject", "customer", "kind", "channel", "owner", "due_on", "state"),
    title="subject",
    icon="chat-dots",
    facts=("customer", "due_on"),
    state="state",
    sorts=("due_on", "created_at"),
    sort="-id",
    search=(Search("subject"),),
    search_hint=_l("Beginning of the subject"),
    filters=("state", "owner", "due_on", "kind", "channel", "customer", "created_at"),
    preview=("customer", "kind", "channel", "owner", "due_on", "details"),
    prepare_new=give_an_owner,
    extensible=True,
    workflow=CONTACT_WORKFLOW,
    workflow_permission=CONTACT_STEP,
    workflow_command=take_contact_step,
    empty=_l(
        "Write down what customers ask, praise and complain about: with a due date, nothing falls through."
    ),
    order=20,
)

TAG = Screen(
    "people",
    "tag",
    Tag,
    _l("Tag"),
    _l("Tags"),
    (
        Group(
            _l("Tag"),
            (
                fields.Text("name", _l("Name"), required=True, max_length=40),
                fields.Choice("colour", _l("Colour"), choices=TagColour, required=True),
                fields.LongText("notes", _l("Notes"), help=_l("When to use this tag.")),
            ),
        ),
    ),
    ("name", "colour", "notes"),
    icon="tags",
    facts=("notes",),
    sorts=("name",),
    sort="name",
    search=(Search("name"),),
    search_hint=_l("Beginning of the name"),
    filters=("colour",),
    rules=tag_rules,
    empty=_l("Make a tag for each group you want to find again, such as “VIP” or “Evenings only”."),
    order=30,
)

CONTACTS_OF_CUSTOMER = RelatedPanel(
    "people:customer",
    _l("Contacts"),
    screen="people:contact",
    via="customer",
    columns=("subject", "kind", "channel", "owner", "due_on", "state"),
    order=20,
)
