"""What access looks at for the check: accounts, second factors, roles, links, keys and the counters of tries."""

from __future__ import annotations

import datetime

from flask_appbuilder.security.sqla.models import Role, assoc_permissionview_role, assoc_user_role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import and_, func, or_, select

from app.access.api_keys.services import in_use
from app.access.api_keys.tables import ApiKey
from app.access.grants import OWNER
from app.access.models import Person
from app.access.permission_sync import PUBLIC
from app.access.signing import attempts
from app.access.signing.factors import TOTP, role_need
from app.access.signing.links import INVITATION
from app.access.signing.redis_tries import SharedTries
from app.access.signing.tables import Attempt, Link, RoleFactor, SecondFactor
from app.core.checks import Check, Finding, green, red, yellow
from app.core.clock import utc_now
from app.core.database import db

IDLE = datetime.timedelta(days=90)
INVITED_LONG_AGO = datetime.timedelta(days=3)
KEY_ENDS_SOON = datetime.timedelta(days=14)
KEY_UNUSED = datetime.timedelta(days=30)
MOST_OWNERS = 5
SLOWEST_FREE_TRIES = 100
_MOST = 1_000
_LIMITS = (
    attempts.BY_PAIR,
    attempts.BY_DEVICE,
    attempts.BY_ADDRESS,
    attempts.BY_ACCOUNT,
    attempts.CODES_BY_PAIR,
    attempts.CODES_BY_PERSON,
    attempts.OWN_PASSWORD,
    attempts.FIRST_RUN,
    attempts.LINKS,
)


def second_factors() -> Finding:
    """Look for people whose role asks for an app on the phone and who have none."""
    rows = db.session.execute(
        select(Role.id, Role.name, RoleFactor.need)
        .outerjoin(RoleFactor, RoleFactor.role_id == Role.id)
        .limit(_MOST)
    )
    strict = [number for number, name, need in rows if role_need(name, need) == TOTP]
    held_by = assoc_user_role.c.user_id
    query = (
        select(Person.id)
        .join(assoc_user_role, held_by == Person.id)
        .outerjoin(SecondFactor, and_(SecondFactor.person_id == Person.id, SecondFactor.kind == TOTP))
        .where(
            Person.active.is_(True), assoc_user_role.c.role_id.in_(strict), SecondFactor.person_id.is_(None)
        )
        .distinct()
    )
    count = len(db.session.scalars(query.limit(_MOST)).all())
    if not count:
        return green(_("Everybody whose role asks for an app on the phone has one."))
    words = ngettext(
        "%(num)d person whose role asks for an app on the phone has none yet.",
        "%(num)d people whose role asks for an app on the phone have none yet.",
        count,
    )
    return red(
        words, _("Let them sign in and set it up now, or close the account: a password alone gets in.")
    )


def idle_accounts() -> Finding:
    """Look for open accounts that nobody has signed in with for three months."""
    # The library's own columns keep the time in UTC without saying so.
    long_ago = (utc_now() - IDLE).replace(tzinfo=None)
    never = and_(Person.last_login.is_(None), Person.created_on < long_ago)
    query = select(Person.id).where(Person.active.is_(True), or_(Person.last_login < long_ago, never))
    count = len(db.session.scalars(query.limit(_MOST)).all())
    if not count:
        return green(_("Every open account is in use."))
    words = ngettext(
        "%(num)d account was not used for three months.",
        "%(num)d accounts were not used for three months.",
        count,
    )
    return yellow(words, _("Close the accounts of people who have left."))


def invitations() -> Finding:
    """Look for invitations that nobody has accepted for days."""
    now = utc_now()
    query = select(Link.digest).where(
        Link.purpose == INVITATION,
        Link.used_at.is_(None),
        Link.expires_at > now,
        Link.made_at < now - INVITED_LONG_AGO,
    )
    count = len(db.session.scalars(query.limit(_MOST)).all())
    if not count:
        return green(_("No invitation waits for long."))
    words = ngettext(
        "%(num)d invitation has been open for days.", "%(num)d invitations have been open for days.", count
    )
    return yellow(words, _("Whoever finds the link gets in. Ask the people, or close their accounts."))


def api_keys() -> Finding:
    """Look for API keys that end soon, that nobody uses, or whose maker is gone."""
    now = utc_now()
    working = in_use(now)
    unused = or_(
        and_(ApiKey.last_used_at.is_(None), ApiKey.made_at < now - KEY_UNUSED),
        ApiKey.last_used_at < now - IDLE,
    )
    ending = and_(ApiKey.expires_at < now + KEY_ENDS_SOON, ApiKey.replaced_at.is_(None))
    orphaned = Person.active.is_(False)
    query = select(ApiKey.name).join(Person, Person.id == ApiKey.person_id).where(working).limit(_MOST)
    for condition, words, advice in (
        (ending, _("API keys end soon: %(names)s."), _("Replace them on the page “API keys”.")),
        (unused, _("API keys that nobody uses: %(names)s."), _("Revoke them on the page “API keys”.")),
        (
            orphaned,
            _("API keys whose maker's account is closed: %(names)s."),
            _("They don't work any more. Make new ones, or revoke them."),
        ),
    ):
        found = sorted(db.session.scalars(query.where(condition)))
        if found:
            return yellow(words % {"names": ", ".join(found)}, advice)
    return green(_("Every API key is in use and lasts for a while."))


def public_rights() -> Finding:
    """Look at whether strangers hold any right."""
    query = (
        select(func.count())
        .select_from(assoc_permissionview_role)
        .join(Role, Role.id == assoc_permissionview_role.c.role_id)
        .where(Role.name == PUBLIC)
    )
    if db.session.scalar(query):
        return red(
            _("People who have not signed in hold rights."),
            _("Something wrote past Kebu into its tables. Take the rights from the role Public there."),
        )
    return green(_("People who have not signed in hold no right."))


def owners() -> Finding:
    """Look at how many people may do everything."""
    query = (
        select(Person.id)
        .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .where(Role.name == OWNER, Person.active.is_(True))
        .distinct()
    )
    count = len(db.session.scalars(query.limit(_MOST)).all())
    words = ngettext("%(num)d person is an owner.", "%(num)d people are owners.", count)
    if not count:
        return red(
            _("Nobody is an owner."), _("Run `python3 run.py create-owner` on the machine that runs Kebu.")
        )
    if count > MOST_OWNERS:
        return yellow(words, _("Give those who don't need everything another role."))
    return green(
        words, _("A second owner lets you back in when the first loses the phone.") if count == 1 else ""
    )


def tries() -> Finding:
    """Look at whether guessing passwords and codes is slowed down, for all processes together."""
    off = [
        each.name for each in _LIMITS if each.free > SLOWEST_FREE_TRIES or not each.wait(each.free + 20) > 60
    ]
    if off:
        return red(
            _("Guessing is not slowed down: %(names)s.", names=", ".join(off)),
            _("The program was changed. Install Kebu's own version again."),
        )
    store = attempts.store()
    if isinstance(store, SharedTries) and not store.first.answers():
        return yellow(
            _("Redis does not answer. Meanwhile wrong tries are counted in the database."),
            _("Start Redis again, or take the setting redis_url away."),
        )
    db.session.scalar(select(func.count()).select_from(select(Attempt.key).limit(1).subquery()))
    return green(_("Guessing passwords, codes and links is slowed down."))


CHECKS = (
    Check("access:second_factors", _l("Second step when signing in"), second_factors),
    Check("access:idle_accounts", _l("Accounts that nobody uses"), idle_accounts),
    Check("access:invitations", _l("Open invitations"), invitations),
    Check("access:api_keys", _l("API keys"), api_keys),
    Check("access:public_rights", _l("Rights of strangers"), public_rights),
    Check("access:owners", _l("Owners"), owners),
    Check("access:tries", _l("Guessing"), tries),
)
