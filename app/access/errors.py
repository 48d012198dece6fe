"""The refusals of access."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Forbidden, KebuError


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


class BranchesBeyond(HoldsMore):
    """Somebody who works in some branches would let another person work in others."""

    code = "branches-beyond"
    message = _l("You work in some branches yourself: choose among these, at least one.")


class OwnBranches(Forbidden):
    """Nobody decides where he works himself: he would widen his own view, or lose the way back."""

    code = "own-branches"
    message = _l("In which branches you work yourself, somebody else decides.")


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


class KeyRefused(Forbidden):
    """A program called with an API key that does not count; nothing says why, so nothing can be guessed by it."""

    status = 401
    code = "key-refused"
    message = _l("This API key is unknown, or it has ended. Ask whoever runs the shop for a new one.")


class KeyBesideSession(KebuError):
    """A call carries both an API key and a person's session: it is not clear on whose behalf it comes."""

    code = "key-beside-session"
    message = _l("Send the API key without cookies: a call is a program's or a person's.")


class NotByKey(Forbidden):
    """What asks a person to prove who he is can't be done with an API key."""

    code = "not-by-key"
    message = _l("This can't be done with an API key: somebody has to sign in for it.")


class KeyReplaced(Conflict):
    """The key has a successor already, or has ended."""

    code = "key-replaced"
    message = _l("This key has ended or was replaced already. Make a new one.")


class FactorNeeded(Forbidden):
    """A role of the person asks for a second factor."""

    code = "factor-needed"
    message = _l("Your role asks for a second step when signing in. It can be renewed, not switched off.")
