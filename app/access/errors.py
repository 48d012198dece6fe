"""The refusals of access."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Forbidden


class AlreadyOpen(Conflict):
    """Somebody opened the shop before."""

    code = "already-open"
    message = _l("This shop has already been opened. Please sign in.")


class LastOwner(Conflict):
    """The change would leave the shop without an owner who can sign in."""

    code = "last-owner"
    message = _l("This is the last owner. Make somebody else an owner first.")


class HoldsMore(Forbidden):
    """The person or role has rights that the acting person lacks."""

    code = "holds-more"
    message = _l("This needs rights that you don't have yourself. Ask an owner.")


class RoleInUse(Conflict):
    """People still hold the role."""

    code = "role-in-use"
    message = _l("Somebody still has this role. Take it from them first.")


class FixedRole(Conflict):
    """The owner's role always holds everything."""

    code = "fixed-role"
    message = _l("The owner's role always allows everything and can't be changed.")


class NotASample(Conflict):
    """A real shop's records are never cleared."""

    code = "not-a-sample"
    message = _l("This is no sample shop. Nothing was removed.")


class AccountClosed(Forbidden):
    """The person on whose behalf the program should work may not sign in any more."""

    code = "account-closed"
    message = _l("The account that asked for this has been closed.")


class FactorNeeded(Forbidden):
    """A role of the person asks for a second factor."""

    code = "factor-needed"
    message = _l("Your role asks for a second step when signing in. It can be renewed, not switched off.")
