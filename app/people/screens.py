"""What people see of customers, tags and contacts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core import fields
from app.core.declaration import BulkAction, Group, RelatedPanel, Screen, Search, Unique
from app.people import words
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
from app.people.services import CONTACT_STEP, give_an_owner, hand_over_contact, take_contact_step
from app.people.workflows import CONTACT_WORKFLOW

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
                fields.Text(
                    "name",
                    _l("Full name"),
                    required=True,
                    max_length=100,
                    synonyms=words.CUSTOMER_NAME,
                    personal="identity",
                ),
                fields.Choice(
                    "sex",
                    _l("Sex"),
                    choices=Sex,
                    words=words.CUSTOMER_SEX_VALUES,
                    synonyms=words.CUSTOMER_SEX,
                ),
                BirthDate(
                    "birth_date",
                    _l("Birthday"),
                    synonyms=words.CUSTOMER_BIRTH_DATE,
                    personal="identity",
                ),
                fields.Links(
                    "tags",
                    _l("Tags"),
                    to="people:tag",
                    synonyms=words.CUSTOMER_TAGS,
                ),
            ),
        ),
        Group(
            _l("How to reach them"),
            (
                fields.Phone(
                    "phone",
                    _l("Phone"),
                    help=_l("Paste it as it is; blanks, hyphens and +86 don't matter."),
                    synonyms=words.CUSTOMER_PHONE,
                    personal="contact",
                ),
                fields.Text(
                    "wechat",
                    _l("WeChat"),
                    max_length=60,
                    synonyms=words.CUSTOMER_WECHAT,
                    personal="contact",
                ),
                fields.Email(
                    "email",
                    _l("E-mail"),
                    synonyms=words.CUSTOMER_EMAIL,
                    personal="contact",
                ),
                fields.Text(
                    "address",
                    _l("Address"),
                    max_length=300,
                    synonyms=words.CUSTOMER_ADDRESS,
                    personal="contact",
                ),
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
                    synonyms=words.CUSTOMER_CODE,
                ),
                fields.Link(
                    "branch",
                    _l("Branch"),
                    to="access:branch",
                    synonyms=words.CUSTOMER_BRANCH,
                ),
                fields.Choice(
                    "source",
                    _l("Found us by"),
                    choices=Source,
                    words=words.CUSTOMER_SOURCE_VALUES,
                    synonyms=words.CUSTOMER_SOURCE,
                ),
                fields.Moment("created_at", _l("Customer since"), read_only=True),
            ),
        ),
        Group(
            _l("Notes"),
            (
                fields.LongText(
                    "notes",
                    _l("Notes"),
                    help=_l("What a colleague should know before they call."),
                    synonyms=words.NOTES,
                    personal="identity",
                ),
            ),
        ),
    ),
    ("name", "phone", "tags", "branch", "source", "created_at"),
    icon="people",
    facts=("phone", "branch"),
    sorts=("name", "created_at", "birth_date"),
    orders=(("branch", "name"), ("source", "name")),
    sort="-id",
    search=(
        Search("name_key", of="name", prepare=name_typed),
        Search("phone", prepare=phone_typed),
        Search("phone_last4", of="phone", ends_shown=True, mode="exact", prepare=last_four_typed),
        Search("code", mode="exact"),
    ),
    search_hint=_l("Name, phone, its last four digits or member number"),
    filters=("tags", "branch", "source", "sex", "created_at"),
    preview=("phone", "wechat", "birth_date", "tags", "branch", "notes"),
    unique=(Unique("code", _l("Another customer has this number already (perhaps in the trash).")),),
    natural_key=("phone", "code"),
    shared=True,
    extensible=True,
    empty=_l("Add the first customer: a name is enough, the phone makes them easy to find."),
    order=10,
)

FINISH_CONTACTS = BulkAction(
    "finish",
    _l("Finish"),
    CONTACT_STEP,
    lambda contact_id, _values: take_contact_step(contact_id, "finish"),
    icon="check2-circle",
)

HAND_CONTACTS_OVER = BulkAction(
    "hand-over",
    _l("Hand over"),
    CONTACT_STEP,
    lambda contact_id, values: hand_over_contact(contact_id, values["owner"]),
    fields=(fields.Link("owner", _l("Taken care of by"), to="access:person", required=True),),
    icon="person-check",
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
                fields.Link(
                    "customer", _l("Customer"), to="people:customer", required=True, synonyms=words.CUSTOMERS
                ),
                fields.Choice(
                    "kind",
                    _l("Kind"),
                    choices=ContactKind,
                    required=True,
                    words=words.CONTACT_KIND_VALUES,
                    synonyms=words.CONTACT_KIND,
                ),
                fields.Choice(
                    "channel",
                    _l("Channel"),
                    choices=Channel,
                    required=True,
                    words=words.CONTACT_CHANNEL_VALUES,
                    synonyms=words.CONTACT_CHANNEL,
                ),
                fields.Text(
                    "subject",
                    _l("Subject"),
                    required=True,
                    max_length=120,
                    synonyms=words.CONTACT_SUBJECT,
                ),
                fields.LongText(
                    "details",
                    _l("Details"),
                    synonyms=words.CONTACT_DETAILS,
                    personal="identity",
                ),
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
                    synonyms=words.CONTACT_OWNER,
                ),
                fields.Date(
                    "due_on",
                    _l("Due"),
                    help=_l("On this day it shows up on the home page."),
                    synonyms=words.CONTACT_DUE_ON,
                ),
            ),
        ),
        Group(
            _l("More"),
            (
                fields.Money(
                    "amount",
                    _l("Amount involved"),
                    help=_l("What a complaint or an offer is about."),
                    synonyms=words.CONTACT_AMOUNT,
                ),
                fields.File("attachment", _l("Attachment")),
                fields.Moment("created_at", _l("Recorded"), read_only=True),
            ),
        ),
    ),
    ("subject", "customer", "kind", "channel", "owner", "due_on", "state"),
    title="subject",
    follows=("customer",),
    icon="chat-dots",
    facts=("customer", "due_on"),
    state="state",
    sorts=("due_on", "created_at"),
    orders=(("state", "due_on"), ("owner", "state", "due_on")),
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
    bulk_actions=(FINISH_CONTACTS, HAND_CONTACTS_OVER),
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
                fields.Text(
                    "name",
                    _l("Name"),
                    required=True,
                    max_length=40,
                    synonyms=words.TAG_NAME,
                ),
                fields.Choice(
                    "colour", _l("Colour"), choices=TagColour, required=True, synonyms=words.TAG_COLOUR
                ),
                fields.LongText("notes", _l("Notes"), help=_l("When to use this tag."), synonyms=words.NOTES),
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
    unique=(Unique("name", _l("There is a tag of this name already.")),),
    natural_key=("name",),
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
