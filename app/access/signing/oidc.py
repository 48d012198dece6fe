"""OpenID Connect: the way to the provider, and what comes back believed only after every check.

State, nonce and verifier belong together: the two latter are MACs of the first, so nothing but the state has to be
kept, and that in the browser's signed cookie. Authlib talks to the provider and checks the claims, joserfc the
signature.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.access.signing.tokens import mac_of
from app.core.clock import utc_now
from app.core.errors import KebuError
from config import Settings, is_loopback

log = logging.getLogger(__name__)

SCOPE = "openid email profile"
# Only such as need the provider's private key: a token that our own secret signs could be anybody's who knows it.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
CLOCKS_DIFFER = 60
READ_ANEW = datetime.timedelta(hours=1)
_SECONDS = (3, 10)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KEPT = "kebu_oidc"


class ProviderDown(KebuError):
    """The provider does not answer, or not as one."""

    status = 503
    code = "provider-down"
    message = _l("The sign-in service doesn't answer. Please try again, or sign in with a password.")


class NotBelieved(KebuError):
    """What came back from the provider's page is not a sign-in that began here and ended well."""

    status = 401
    code = "not-believed"
    message = _l("This sign-in did not succeed. Please try again.")


@dataclass(frozen=True)
class Outsider:
    """Somebody as the provider knows him; `email` is '' unless it is verified, `proved_at` when he last proved it."""

    issuer: str
    subject: str
    email: str
    user_name: str
    proved_at: datetime.datetime | None

    def __repr__(self) -> str:
        return "<Outsider>"


@dataclass
class _Known:
    """What a process remembers of the provider for an hour."""

    issuer: str
    read_at: datetime.datetime
    metadata: Mapping[str, Any]
    keys: Any = None


def label() -> str:
    """Return what the provider is called on the sign-in page; '' without one."""
    settings = _settings()
    return settings.oidc_label or urlsplit(settings.oidc_issuer).hostname or ""


def issuer() -> str:
    """Return the provider's name for itself; '' without one."""
    return _settings().oidc_issuer


def address_of_provider(state: str, back: str, *, again: bool) -> str:
    """Return where the browser goes to sign in; with `again` the provider asks even who is signed in there.

    Raises `ProviderDown`.
    """
    more = {"prompt": "login", "max_age": 0} if again else {}
    with _session(back) as session:
        address, _state = session.create_authorization_url(
            _metadata()["authorization_endpoint"],
            state=state,
            nonce=_nonce(state),
            code_verifier=_verifier(state),
            **more,
        )
    return str(address)


def outsider(code: str, state: str, back: str) -> Outsider:
    """Return whom the provider vouches for with `code`; raise `NotBelieved` or `ProviderDown`."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - only shops with a provider wait for it
    from joserfc.errors import JoseError  # noqa: PLC0415 - the same
    from requests import RequestException  # noqa: PLC0415 - the same

    metadata = _metadata()
    try:
        with _session(back) as session:
            token = session.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=_verifier(state),
                allow_redirects=False,
            )
        return _vouched(_claims(str(token["id_token"]), str(token.get("access_token", "")), state))
    except RequestException:
        raise ProviderDown from None
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
        # Neither the token nor what the provider says of it: both may name people.
        log.warning("A sign-in by the provider was not believed: %s.", type(error).__name__)
        raise NotBelieved from None


def _claims(id_token: str, access_token: str, state: str) -> Mapping[str, Any]:
    """Return what the token says; signature, issuer, audience, times, nonce and access token must all fit."""
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - only shops with a provider wait for it
    from joserfc import jwt  # noqa: PLC0415 - the same
    from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415 - the same
    from joserfc.jws import JWSRegistry  # noqa: PLC0415 - the same

    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    settings = _settings()
    try:
        token = jwt.decode(id_token, _keys(), registry=registry)
    except InvalidKeyIdError:
        token = jwt.decode(id_token, _keys(anew=True), registry=registry)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": settings.oidc_issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        },
        {"nonce": _nonce(state), "client_id": settings.oidc_client_id, "access_token": access_token},
    )
    claims.validate(leeway=CLOCKS_DIFFER)
    return claims


def _vouched(claims: Mapping[str, Any]) -> Outsider:
    subject, email = claims["sub"], claims.get("email")
    name = claims.get("preferred_username")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotBelieved
    verified = isinstance(email, str) and claims.get("email_verified") is True
    return Outsider(
        issuer=issuer(),
        subject=subject,
        email=str(email) if verified else "",
        user_name=name if isinstance(name, str) and _settings().oidc_user_names else "",
        proved_at=_time(claims.get("auth_time")),
    )


def _time(seconds: Any) -> datetime.datetime | None:
    usable = isinstance(seconds, int | float) and 0 < seconds < 10**11
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC) if usable else None


def _settings() -> Settings:
    settings: Settings = current_app.config["KEBU_SETTINGS"]
    return settings


def _nonce(state: str) -> str:
    return mac_of("oidc nonce", state)


def _verifier(state: str) -> str:
    return mac_of("oidc verifier", state)


# --- The provider ------------------------------------------------------------------------------------


def _session(back: str = "") -> Any:
    from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - only shops with a provider wait

    settings = _settings()
    ways = _metadata().get("token_endpoint_auth_methods_supported") if back else None
    basic = not isinstance(ways, list) or "client_secret_basic" in ways
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
        scope=SCOPE,
        redirect_uri=back,
        code_challenge_method="S256",
        default_timeout=_SECONDS,
    )


def _metadata() -> Mapping[str, Any]:
    return _known().metadata


def _keys(*, anew: bool = False) -> Any:
    from joserfc.jwk import KeySet  # noqa: PLC0415 - only shops with a provider wait for it

    known = _known()
    if known.keys is None or anew:
        known.keys = KeySet.import_key_set(cast("Any", _read(known.metadata["jwks_uri"])))
    return known.keys


def _known() -> _Known:
    known: _Known | None = current_app.extensions.get(_KEPT)
    if known is None or known.issuer != issuer() or utc_now() - known.read_at > READ_ANEW:
        known = _Known(issuer(), utc_now(), _discovered(issuer()))
        current_app.extensions[_KEPT] = known
    return known


def _discovered(expected: str) -> Mapping[str, Any]:
    metadata = _read(f"{expected.rstrip('/')}/.well-known/openid-configuration")
    # Another issuer's document would let that one speak for ours.
    right = metadata.get("issuer") == expected
    if not right or not all(_is_safe(metadata.get(name)) for name in _ENDPOINTS):
        log.warning("The provider's description names another issuer or an unencrypted address.")
        raise ProviderDown
    return metadata


def _is_safe(address: Any) -> bool:
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    local = is_loopback(urlsplit(issuer()).hostname or "") and is_loopback(parts.hostname or "")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _read(address: str) -> dict[str, Any]:
    from requests import RequestException  # noqa: PLC0415 - only shops with a provider wait for it

    try:
        with _session() as session:
            answer = session.get(address, withhold_token=True, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (RequestException, ValueError):
        log.warning("The provider does not answer.")
        raise ProviderDown from None
    if not isinstance(found, dict):
        raise ProviderDown
    return found
