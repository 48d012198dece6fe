"""Industry profiles: what a kind of shop is called, which roles work there and which words it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import ProgrammingError

OWNER = "Owner"
DEFAULT_PROFILE = "petshop"

REVEAL = "access:field:reveal"
REPORTS = "insight:report:see"
_EVERYTHING = ("*",)
_LOOK_UP = ("access:branch:list", "access:branch:show", "access:person:list", "access:person:show")
_MANAGER = (
    "people:*",
    "pets:*",
    "journal:*",
    "operations:*",
    "messaging:message:*",
    "shaping:*",
    "panel:*",
    REPORTS,
    REVEAL,
    *_LOOK_UP,
)
_SERVE = (
    "people:customer:list",
    "people:customer:show",
    "people:customer:add",
    "people:customer:edit",
    "people:contact:list",
    "people:contact:show",
    "people:contact:add",
    "people:contact:edit",
    "people:contact:step",
    "people:tag:list",
    "people:tag:show",
    REVEAL,
    *_LOOK_UP,
)
# Those who work with their hands look customers up and note what was said, but don't change who they are.
_HANDS_ON = tuple(
    name
    for name in _SERVE
    if name not in ("people:customer:add", "people:customer:edit", "people:contact:edit")
)
# Everything but ownership: no permission row says that, so the pattern doesn't cover it either.
_ADMINISTER = _EVERYTHING
# The books are read, added up and taken along, never written.
_COUNT = (
    *(
        f"{slice_name}:*:{verb}"
        for slice_name in ("people", "pets")
        for verb in ("list", "show", "export", "history")
    ),
    "people:contact:oversee",
    REPORTS,
    *_LOOK_UP,
)
# Who looks over everybody's shoulder reads all there is and changes nothing; what is taken along is the journal alone.
_AUDIT = (
    "*:*:list",
    "*:*:show",
    "*:*:history",
    "*:*:list_all",
    "people:contact:oversee",
    "journal:entry:search",
    "journal:entry:export",
    "access:role:look",
    "access:check:*",
)
_CARE_FOR_PETS = ("pets:*:list", "pets:*:show", "pets:*:add", "pets:*:edit")

# Who must show a second factor when signing in, by the role's name, until a shop decides otherwise; an app on the
# phone for those who could hand out every other right.
SECOND_FACTOR_BY_ROLE: Mapping[str, str] = {
    OWNER: "totp",
    "Administrator": "totp",
    "Accountant": "any",
    "Pharmacist": "any",
    "Auditor": "any",
}


# Who sees everything of people until a manager decides otherwise; who is there to serve them, and so knows their names;
# and who works with figures and needs neither.
SEES_EVERYTHING = frozenset({OWNER, "Manager", "Administrator"})
SERVES = frozenset({"Clerk", "Groomer", "Pharmacist", "Specialist", "Stylist"})
WORKS_WITH_FIGURES = frozenset({"Accountant", "Auditor"})


def default_sight(role: str, personal: str, *, serves: bool) -> str:
    """Return how much of a field of the class `personal` a role sees: `visible` or `masked`.

    `serves` says whether a role of the shop's own adds or changes such records.
    """
    if personal in ("", "colleague") or role in SEES_EVERYTHING:
        return "visible"
    knows_them = role in SERVES or (serves and role not in WORKS_WITH_FIGURES)
    return "visible" if personal == "identity" and knows_them else "masked"


@dataclass(frozen=True, slots=True)
class Words:
    """What a screen's records are called in this kind of shop: one of them, and several."""

    one: Any
    many: Any


@dataclass(frozen=True)
class Profile:
    """A kind of shop as data; changing it later never loses a record.

    `capabilities` are offered on the first-run page as its heart (a manifest's own `profiles` decides what is
    installed), `roles` maps a role's name to permission patterns (`people:*`), `role_labels` to what it is
    called, `labels` renames screens (`people:customer` is a member in a drugstore).
    """

    name: str
    label: Any
    sentence: Any
    capabilities: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    role_labels: Mapping[str, Any]
    labels: Mapping[str, Words] = field(default_factory=dict)

    def granted_to(self, role: str, permissions: Iterable[str]) -> frozenset[str]:
        """Return those of `permissions` that `role` holds here; none for a role that this profile lacks."""
        patterns = self.roles.get(role, ())
        return frozenset(name for name in permissions if any(fnmatchcase(name, each) for each in patterns))


_ROLES: dict[str, tuple[str, ...]] = {
    OWNER: _EVERYTHING,
    "Administrator": _ADMINISTER,
    "Manager": _MANAGER,
    "Clerk": _SERVE,
    "Accountant": _COUNT,
    "Auditor": _AUDIT,
}
_ROLE_LABELS: dict[str, Any] = {
    OWNER: _l("Owner"),
    "Administrator": _l("Administrator"),
    "Manager": _l("Manager"),
    "Clerk": _l("Clerk"),
    "Accountant": _l("Accountant"),
    "Auditor": _l("Auditor"),
}
# The roles that shops were offered before the program kept count of it.
ROLES_OF_OLD = frozenset({OWNER, "Manager", "Clerk", "Groomer", "Pharmacist", "Stylist"})
_MEMBERS = Words(_l("Member"), _l("Members"))

PETSHOP = Profile(
    "petshop",
    _l("Pet shop"),
    _l("Customers with their pets, vaccinations that are due, and who promised what to whom."),
    ("people", "pets"),
    {
        **_ROLES,
        "Clerk": (*_SERVE, *_CARE_FOR_PETS),
        "Groomer": (
            *_HANDS_ON,
            "pets:pet:list",
            "pets:pet:show",
            "pets:pet:edit",
            "pets:vaccination:list",
            "pets:vaccination:show",
            "pets:vaccination:add",
        ),
    },
    {**_ROLE_LABELS, "Groomer": _l("Groomer")},
)

PHARMACY = Profile(
    "pharmacy",
    _l("Drugstore"),
    _l("Members, what they asked about, and whom the pharmacist calls back."),
    ("people",),
    {**_ROLES, "Pharmacist": _SERVE},
    {**_ROLE_LABELS, "Pharmacist": _l("Pharmacist")},
    {"people:customer": _MEMBERS},
)

RETAIL = Profile(
    "retail",
    _l("Clothes and retail"),
    _l("Members of several branches, their sizes and tastes, their wishes and complaints."),
    ("people",),
    {**_ROLES, "Stylist": _HANDS_ON},
    {**_ROLE_LABELS, "Stylist": _l("Style adviser")},
    {"people:customer": _MEMBERS},
)

SALON = Profile(
    "salon",
    _l("Hair salon"),
    _l("Guests, what suits them, and who looks after whom."),
    ("people",),
    {**_ROLES, "Stylist": _HANDS_ON},
    {**_ROLE_LABELS, "Stylist": _l("Stylist")},
    {"people:customer": Words(_l("Guest"), _l("Guests"))},
)

GENERAL = Profile(
    "general",
    _l("Any business"),
    _l("A plain customer book: who they are, what was said, what is due."),
    ("people",),
    dict(_ROLES),
    dict(_ROLE_LABELS),
)

PROFILES: dict[str, Profile] = {each.name: each for each in (PETSHOP, PHARMACY, RETAIL, SALON, GENERAL)}


def profile_named(name: str) -> Profile:
    """Return the profile called `name`; raise `ProgrammingError` for any other name."""
    if name not in PROFILES:
        raise ProgrammingError(f"no profile is called {name!r}; there are {', '.join(PROFILES)}")
    return PROFILES[name]


def words_of_profiles() -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return by profile and screen what its records are called, one and many, where the profile has own words."""
    return {
        each.name: {screen: (words.one, words.many) for screen, words in each.labels.items()}
        for each in PROFILES.values()
    }
