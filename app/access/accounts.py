"""Accounts: the verbs that make and change people's accounts, for the pages and for the command line."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from flask_babel import gettext as _
from sqlalchemy import delete, insert, or_, select, update

from app.access.authority import own_sight, require_an_owner, require_over_person, require_over_role
from app.access.confining import branches_of, confine
from app.access.errors import HoldsMore
from app.access.grants import OWNER
from app.access.models import NO_EMAIL, Person, ShopSettings
from app.access.passwords import (
    SHORTEST_OF_OWNERS,
    check_password,
    check_username,
    hash_password,
    normal_name,
)
from app.access.permission_sync import PUBLIC, sync_permissions
from app.access.shop import load_shop
from app.access.signing.devices import distrust
from app.access.signing.factors import remove_factor
from app.access.signing.mobiles import mobile_of, set_mobile
from app.access.signing.notices import notify
from app.access.signing.outside_links import forget_outside
from app.access.signing.sessions import end_sessions
from app.access.telling import tell
from app.access.told import TOLD
from app.access.version import bump_version, prepare_version
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.fields import clean_line
from app.core.keys import encode_token
from app.core.record import actor_id
from app.core.transaction import command
from app.journal.listening import note_change
from app.journal.values import links
from app.profiles import PROFILES


@dataclass(frozen=True)
class Account:
    """What a form says about an account; `email` and `mobile` are '' for none, `roles` are role numbers.

    `works_in` are the branches that the person is confined to, empty for all of them; None says nothing of it.
    """

    full_name: str
    email: str = ""
    active: bool = True
    roles: frozenset[int] = frozenset()
    branch_id: uuid.UUID | None = None
    language: str | None = None
    works_in: frozenset[uuid.UUID] | None = None
    mobile: str = field(default="", repr=False)


def stored_email(email: str, username: str) -> str:
    """Return what FAB's obligatory and unique address column keeps."""
    return email.lower() if email else f"{username}{NO_EMAIL}"


def account_of(person: Person) -> Account:
    """Return what stands in a person's account now."""
    return Account(
        full_name=person.full_name,
        email=person.address,
        active=bool(person.active),
        roles=frozenset(role_numbers(person.id)),
        branch_id=person.branch_id,
        language=person.language,
        works_in=branches_of(person.id),
        mobile=mobile_of(person),
    )


def role_numbers(person_id: int) -> Collection[int]:
    """Return the numbers of the roles that a person holds directly."""
    return db.session.scalars(
        select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == person_id)
    ).all()


def find_person(person_id: int) -> Person:
    """Return a person by number; raise `NotFound`."""
    person: Person | None = db.session.scalar(select(Person).where(Person.id == person_id).limit(1))
    if person is None:
        raise NotFound
    return person


@command("access:user:add")
def add_account(username: str, account: Account) -> int:
    """Make an account without a password, which only its person chooses, and return its number.

    Who is confined to branches makes accounts that are confined to them as well. Raises `Invalid` if the name or
    address is taken, `HoldsMore`, `BranchesBeyond`.
    """
    bump_version()
    number = _insert(check_username(username), account)
    if account.works_in is None:
        confine(number, own_sight().branches or ())
    _confine(number, account)
    return number


@command("access:user:edit")
def change_account(person_id: int, shown: Account, account: Account) -> None:
    """Save an account `shown` as it stood; raise `Conflict`, `Invalid`, `HoldsMore`, `OwnBranches` or `LastOwner`."""
    bump_version()
    person = _fresh(person_id)
    if account_of(person) != shown:
        raise Conflict
    require_over_person(person_id)
    _check_roles(shown.roles ^ account.roles)
    _check_free(stored_email(account.email, person.username), person_id)
    # First, so that it is told to the address that the account has so far.
    set_mobile(person, account.mobile)
    _write(person, account)
    _set_roles(person_id, account.roles)
    _confine(person_id, account)
    require_an_owner()
    if (shown.roles, shown.active) != (account.roles, account.active):
        end_sessions(person_id)
        distrust(person_id)


@command("access:user:reset")
def reset_factor(person_id: int) -> None:
    """Take somebody else's second factor away, so that the next sign-in sets one up; raise `HoldsMore`.

    Who the person is at a provider is forgotten along with it.
    """
    bump_version()
    if person_id == actor_id():
        raise Forbidden
    person = _fresh(person_id)
    require_over_person(person_id)
    forget_outside(person_id)
    forget_factor(person)


def forget_factor(person: Person) -> None:
    """Take a person's second factor away inside the open transaction; every session of the person ends."""
    remove_factor(person.id)
    end_sessions(person.id)
    distrust(person.id)
    tell("access:factor_removed", person_id=person.id)
    notify(person, "factor_changed")


def set_password(person_id: int, password_hash: str) -> None:
    """Replace a person's password inside the open transaction; every session of the person ends."""
    person = _fresh(person_id)
    person.password, person.fail_login_count = password_hash, 0
    end_sessions(person_id)
    distrust(person_id)
    tell("access:password_changed", person_id=person_id)
    notify(person, "password_changed")


@command(None)
def change_own_profile(
    full_name: str, email: str, language: str | None, theme: str | None, *, single_keys: bool
) -> None:
    """Save what a person may say about himself; raise `Invalid` if the address is taken."""
    person = _fresh(_myself())
    _check_free(stored_email(email, person.username), person.id)
    person.full_name, person.email = full_name, stored_email(email, person.username)
    person.language, person.theme, person.single_keys = language, theme, single_keys


@command(None)
def change_own_mobile(number: str) -> None:
    """Keep the number that the person at the screen proved, '' to take it away."""
    set_mobile(_fresh(_myself()), number)


@command(None)
def change_own_password(old_hash: str, new_hash: str) -> None:
    """Replace the password that was checked against `old_hash`; raise `Conflict` if it has changed."""
    person = _fresh(_myself())
    if person.password != old_hash:
        raise Conflict
    set_password(person.id, new_hash)


@command(None)
def prefer(**values: object) -> None:
    """Keep the acting person's `language`, `theme`, `branch_id` or `home`."""
    db.session.execute(
        update(Person)
        .where(Person.id == _myself())
        .values(**values)
        .execution_options(synchronize_session=False, unjournalled="how somebody likes pages to look")
    )


def _myself() -> int:
    number = actor_id()
    if number is None:
        raise HoldsMore
    return number


def _fresh(person_id: int) -> Person:
    query = select(Person).where(Person.id == person_id).limit(1).with_for_update(of=Person)
    person: Person | None = db.session.scalar(query.execution_options(populate_existing=True))
    if person is None:
        raise NotFound
    return person


def _insert(username: str, account: Account) -> int:
    if db.session.scalar(select(Person.id).where(Person.username == username).limit(1)) is not None:
        raise Invalid({"username": _("Another account has this name.")})
    email = stored_email(account.email, username)
    _check_free(email, None)
    _check_roles(account.roles)
    person = Person(username=username, email=email, password=None, last_name="", fail_login_count=0)
    person.login_count = 0
    _write(person, account)
    db.session.add(person)
    db.session.flush()
    # The number opens for its account only, which has none of its own before.
    set_mobile(person, account.mobile)
    _set_roles(person.id, account.roles)
    return int(person.id)


def _write(person: Person, account: Account) -> None:
    person.full_name, person.last_name = account.full_name, ""
    person.email = stored_email(account.email, person.username)
    person.active, person.branch_id, person.language = account.active, account.branch_id, account.language


def _confine(person_id: int, account: Account) -> None:
    if account.works_in is None:
        return
    confine(person_id, account.works_in)
    if account.works_in and account.branch_id is not None and account.branch_id not in account.works_in:
        raise Invalid({"branch": _("The person does not work in this branch.")})


def _check_free(email: str, person_id: int | None) -> None:
    query = select(Person.id).where(or_(Person.email == email, Person.username == email)).limit(2)
    if any(number != person_id for number in db.session.scalars(query)):
        raise Invalid({"email": _("Another account has this address.")})


def _check_roles(numbers: Iterable[int]) -> None:
    """Refuse roles that don't exist or that hold more than the acting person does."""
    wanted = set(numbers)
    roles = db.session.scalars(select(Role).where(Role.id.in_(wanted)).limit(len(wanted) + 1)).all()
    if len(roles) != len(wanted) or any(role.name == PUBLIC for role in roles):
        raise NotFound
    for role in roles:
        require_over_role(role)


def _set_roles(person_id: int, numbers: frozenset[int]) -> None:
    held = set(role_numbers(person_id))
    gone, new = held - numbers, numbers - held
    if gone:
        mine = assoc_user_role.c.user_id == person_id
        taken = delete(assoc_user_role).where(mine, assoc_user_role.c.role_id.in_(gone))
        db.session.execute(taken.execution_options(**TOLD))
    if new:
        rows = [{"user_id": person_id, "role_id": number} for number in sorted(new)]
        db.session.execute(insert(assoc_user_role).execution_options(**TOLD), rows)
    _note_roles(person_id, held, numbers)


def _note_roles(person_id: int, held: Collection[int], now: Collection[int]) -> None:
    before, after = ({"roles": links([encode_token([one]) for one in each])} for each in (held, now))
    if before != after:
        note_change(Person, [person_id], before, after)


# --- The program's own verbs: the command line, the first run and the sample shop --------------------


@command(None)
def create_account(
    username: str, password_hash: str, full_name: str, role: str, *, branch_id: uuid.UUID | None = None
) -> int:
    """Make an account with the role of this name and return its number, without asking who asks."""
    bump_version()
    name = check_username(username)
    number = db.session.scalar(select(Role.id).where(Role.name == role).limit(1))
    if number is None:
        raise NotFound(_("There is no role %(name)s.", name=role))
    if db.session.scalar(select(Person.id).where(Person.username == name).limit(1)) is not None:
        raise Invalid({"username": _("Another account has this name.")})
    person = Person(username=name, email=stored_email("", name), password=password_hash, last_name="")
    person.full_name, person.active, person.branch_id = clean_line(full_name)[:64] or name, True, branch_id
    person.login_count = person.fail_login_count = 0
    db.session.add(person)
    db.session.flush()
    _set_roles(person.id, frozenset({number}))
    return int(person.id)


def create_owner(username: str, password: str, full_name: str = "") -> int:
    """Make an owner's account and return its number; an empty database becomes a shop with the defaults.

    Raises `FieldProblem` for a name or password that can't be, `Invalid` for a name that is taken.
    """
    name = check_username(username)
    hashed = hash_password(check_password(password, name, full_name, least=SHORTEST_OF_OWNERS))
    prepare_version()
    return _create_owner(username, hashed, full_name)


@command(None)
def _create_owner(username: str, password_hash: str, full_name: str) -> int:
    bump_version()
    if not load_shop().is_open:
        open_settings(
            load_shop().name,
            load_shop().profile,
            str(load_shop().zone),
            load_shop().currency,
            load_shop().language,
        )
    number = create_account(username, password_hash, full_name or username, OWNER)
    require_an_owner()
    return number


def open_settings(
    name: str, profile: str, time_zone: str, currency: str, language: str, *, is_sample: bool = False
) -> None:
    """Write the shop's row and its profile's roles inside the open transaction; fails when there is a row."""
    db.session.add(
        ShopSettings(
            name=name,
            profile=profile,
            time_zone=time_zone,
            currency=currency,
            language=language,
            is_sample=is_sample,
            opened_at=utc_now(),
        )
    )
    db.session.flush()
    sync_permissions(None, PROFILES[profile].roles, create_roles=True)


def rescue_owner(username: str, password: str) -> None:
    """Give an account a new password, open it again, make it an owner's and forget its second factor.

    The next sign-in sets up a new one. Raises `NotFound`.
    """
    hashed = hash_password(check_password(password, normal_name(username), least=SHORTEST_OF_OWNERS))
    prepare_version()
    _rescue_owner(normal_name(username), hashed)


@command(None)
def _rescue_owner(username: str, password_hash: str) -> None:
    bump_version()
    number = db.session.scalar(select(Person.id).where(Person.username == username).limit(1))
    if number is None:
        raise NotFound(_("There is no account with this name."))
    sync_permissions()
    person = _fresh(number)
    person.active = True
    set_password(number, password_hash)
    forget_outside(number)
    forget_factor(person)
    owner = db.session.scalar(select(Role.id).where(Role.name == OWNER).limit(1))
    if owner is not None:
        _set_roles(number, frozenset({*role_numbers(number), owner}))
