"""A real OpenID Connect provider on this machine: it has its own key, checks PKCE and Kebu's secret, and may lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "kebu", "a secret between the two"


@dataclass
class Provider:
    """One provider; `down` lets it answer nothing but errors, `careless` lets a code count again.

    With `sign` another hand signs.
    """

    port: int = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[RSAKey] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    described_as: str = ""
    down: bool = False
    careless: bool = False
    sign: Callable[[dict[str, Any]], str] | None = None

    @property
    def issuer(self) -> str:
        """How it names itself."""
        return f"http://127.0.0.1:{self.port}/shop"

    def consent(self, address: str, **claims: Any) -> str:
        """Let somebody sign in at the page that the browser was led to; return the path the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "claims": json.dumps(claims)}
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    @Request.application
    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if self.down:
            return Response("out of order", 500)
        if request.path.endswith("/.well-known/openid-configuration"):
            return _json(self._description())
        if request.path.endswith("/keys"):
            return _json(KeySet(self.published or [self.key]).as_dict(private=False))
        if request.path.endswith("/token"):
            return self._token(request)
        return Response("", 404)

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.described_as or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _token(self, request: Request) -> Response:
        code = request.form.get("code", "")
        asked = self.codes.get(code) if self.careless else self.codes.pop(code, None)
        known = request.authorization
        right = known is not None and (known.username, known.password) == (CLIENT, SECRET)
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or not right or challenge != asked["code_challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "number-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **json.loads(asked["claims"]),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = (
            self.sign(claims) if self.sign else jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        )
        return _json({"access_token": "for nothing", "token_type": "Bearer", "id_token": signed})


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider until the block ends."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.answer, threaded=True)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
