"""People: the customer book itself."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.copying import CopyTarget
from app.core.permissions import Permission
from app.people.cards import CARDS, HOME_LISTS, HOME_TABLES
from app.people.screens import CONTACT, CONTACTS_OF_CUSTOMER, CUSTOMER, TAG
from app.people.services import CONTACT_OVERSEE, CONTACT_STEP

CAPABILITY = Capability(
    "people",
    _l("Customers"),
    needs=("access",),
    icon="people",
    order=10,
    screens=(CUSTOMER, CONTACT, TAG),
    panels=(CONTACTS_OF_CUSTOMER,),
    cards=CARDS,
    home_lists=HOME_LISTS,
    home_tables=HOME_TABLES,
    permissions=(
        Permission(CONTACT_STEP, _l("Start, finish, drop and reopen contacts")),
        Permission(CONTACT_OVERSEE, _l("See on the home page how much everybody has to do")),
    ),
    copy_targets=(
        CopyTarget(
            CUSTOMER.name,
            "customers",
            {
                "name": "name",
                "phone": "phone",
                "email": "email",
                "birthday": "birth_date",
                "branch": "branch",
            },
        ),
        CopyTarget(CONTACT.name),
    ),
)
