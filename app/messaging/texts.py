"""Texts: what the messages say, in the language of who gets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import ProgrammingError
from app.core.shop import shop
from app.messaging.letters import Letter

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_LONGEST_FACT = 2000
KIND_LABELS = {
    "invitation": _l("Invitation"),
    "reset": _l("New password"),
    "code": _l("Sign-in code"),
    "password_changed": _l("Password changed"),
    "factor_changed": _l("Second step changed"),
    "mobile_changed": _l("Mobile number changed"),
    "new_sign_in": _l("New sign-in"),
    "locked": _l("Account locked"),
    "test": _l("Test message"),
}


@dataclass(frozen=True)
class Words:
    """A subject and paragraphs; a paragraph that is `LINK` or `CODE` stands for that fact."""

    subject: str
    paragraphs: Sequence[str]


LINK, CODE = "\x00link", "\x00code"


def write_mail(kind: str, to: str, language: str, facts: Mapping[str, str]) -> Letter:
    """Return the mail of this kind, as plain text and as simple HTML without pictures or counters."""
    known = _cleaned(facts)
    with force_locale(language or shop().language):
        words = _words(kind, known)
        paragraphs = [*words.paragraphs, _("%(shop)s, sent by Kebu", shop=known["shop"])]
        spoken = {LINK: known.get("link", ""), CODE: known.get("code", "")}
        text = "\n\n".join(spoken.get(each, each) for each in paragraphs) + "\n"
        # Not by render_template: a letter is written for somebody who is not looking at a page.
        template = current_app.jinja_env.get_template("messaging/letter.html")
        parts = [_part(each, spoken) for each in paragraphs]
        html = template.render(subject=words.subject, parts=parts, language=language.replace("_", "-"))
    return Letter(to, words.subject, text, html, known, known["shop"], language)


def write_sms(kind: str, to: str, language: str, facts: Mapping[str, str]) -> Letter:
    """Return the text message of this kind; a provider with templates takes its facts alone."""
    known = _cleaned(facts)
    if kind != "code":
        raise ProgrammingError(f"no text message says {kind!r}")
    with force_locale(language or shop().language):
        text = _(
            "[%(shop)s] Your sign-in code is %(code)s. It works for %(period)s. Give it to nobody.",
            shop=known["shop"],
            code=known.get("code", ""),
            period=_period(known),
        )
    return Letter(to, "", text, "", known, known["shop"], language)


def _cleaned(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts on one line each: a line break in a name must not become a line of a mail's head."""
    known = {"shop": shop().name, **facts}
    return {name: _CONTROL.sub(" ", str(text)).strip()[:_LONGEST_FACT] for name, text in known.items()}


def _part(paragraph: str, spoken: Mapping[str, str]) -> tuple[str, str]:
    tag = {CODE: "code", LINK: "link"}.get(paragraph, "text")
    text = spoken.get(paragraph, paragraph)
    return ("text" if tag == "link" and not text.startswith(("http://", "https://")) else tag), text


def _period(facts: Mapping[str, str]) -> str:
    minutes = minutes_of(facts)
    if minutes and minutes % 1440 == 0:
        return ngettext("%(num)d day", "%(num)d days", minutes // 1440)
    if minutes and minutes % 60 == 0:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)
    return ngettext("%(num)d minute", "%(num)d minutes", minutes or 10)


def minutes_of(facts: Mapping[str, str]) -> int:
    """Return for how many minutes the link or code works; 0 when the facts don't say."""
    text = str(facts.get("minutes", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _words(kind: str, facts: Mapping[str, str]) -> Words:
    if kind not in _WRITERS:
        raise ProgrammingError(f"no mail says {kind!r}")
    return _WRITERS[kind](facts)


def _invitation(facts: Mapping[str, str]) -> Words:
    return Words(
        _("Your account at %(shop)s", shop=facts["shop"]),
        (
            _("%(shop)s has opened an account for you. Choose your password here:", shop=facts["shop"]),
            LINK,
            _("The link works once, for %(period)s. Pass it on to nobody.", period=_period(facts)),
        ),
    )


def _reset(facts: Mapping[str, str]) -> Words:
    return Words(
        _("A new password for %(shop)s", shop=facts["shop"]),
        (
            _("Somebody asked for a new password for your account. If it was you, choose it here:"),
            LINK,
            _("The link works once, for %(period)s. Pass it on to nobody.", period=_period(facts)),
            _("If it was not you, do nothing: your password stays as it is."),
        ),
    )


def _code(facts: Mapping[str, str]) -> Words:
    return Words(
        _("Your sign-in code for %(shop)s", shop=facts["shop"]),
        (
            _("Type this code to sign in:"),
            CODE,
            _("It works once, for %(period)s. Nobody from the shop will ever ask you for it.", period=_period(facts)),
            _("If you are not signing in just now, somebody knows your password: change it."),
        ),
    )  # fmt: skip


def _password_changed(facts: Mapping[str, str]) -> Words:
    return Words(
        _("Your password for %(shop)s was changed", shop=facts["shop"]),
        (_("The password of your account was changed."), *_where(facts), _not_you()),
    )


def _factor_changed(facts: Mapping[str, str]) -> Words:
    return Words(
        _("The second step of your sign-in at %(shop)s was changed", shop=facts["shop"]),
        (_("What you need beside your password to sign in was changed."), *_where(facts), _not_you()),
    )


def _mobile_changed(facts: Mapping[str, str]) -> Words:
    return Words(
        _("The mobile number of your account at %(shop)s was changed", shop=facts["shop"]),
        (
            _("Sign-in codes by text message go to another number from now on, or to none."),
            *_where(facts),
            _not_you(),
        ),
    )


def _new_sign_in(facts: Mapping[str, str]) -> Words:
    return Words(
        _("A new sign-in at %(shop)s", shop=facts["shop"]),
        (_("Your account was used on a device that is new to us."), *_where(facts), _not_you()),
    )


def _locked(facts: Mapping[str, str]) -> Words:
    again = _("You can sign in again in %(period)s.", period=_period(facts)) if minutes_of(facts) else ""
    return Words(
        _("Your account at %(shop)s is locked for a while", shop=facts["shop"]),
        tuple(
            each
            for each in (
                _("Somebody typed a wrong password or code for your account many times."),
                again,
                *_where(facts),
                _("If it was not you, tell the owner of the shop."),
            )
            if each
        ),
    )


def _test(facts: Mapping[str, str]) -> Words:
    return Words(
        _("Test message from %(shop)s", shop=facts["shop"]),
        (_("This is a test. If you can read it, Kebu can send mail."),),
    )


def _where(facts: Mapping[str, str]) -> tuple[str, ...]:
    return (_("Where: %(place)s", place=facts["place"]),) if facts.get("place") else ()


def _not_you() -> str:
    return _("If it was not you, tell the owner of the shop at once.")


_WRITERS: dict[str, Callable[[Mapping[str, str]], Words]] = {
    "invitation": _invitation,
    "reset": _reset,
    "code": _code,
    "password_changed": _password_changed,
    "factor_changed": _factor_changed,
    "mobile_changed": _mobile_changed,
    "new_sign_in": _new_sign_in,
    "locked": _locked,
    "test": _test,
}
