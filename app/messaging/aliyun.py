"""Text messages by Alibaba Cloud: SendSms (2017-05-25), signed as its documentation says (ACS3-HMAC-SHA256)."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from app.core.clock import utc_now
from app.messaging.failures import NotSent
from app.messaging.letters import Letter
from app.messaging.smtp import LOOPBACK

ENDPOINT = "https://dysmsapi.aliyuncs.com"
ACTION, VERSION = "SendSms", "2017-05-25"
TIMEOUT_SECONDS = 15.0
MOST_ANSWERED = 64_000
_ALGORITHM = "ACS3-HMAC-SHA256"
_NOTHING = hashlib.sha256(b"").hexdigest()
# What its codes mean here; whatever begins otherwise is a plain refusal.
_MEANINGS = (
    ("isv.MOBILE_NUMBER_ILLEGAL", "bad-address"),
    ("isv.BUSINESS_LIMIT_CONTROL", "too-many"),
    ("isv.DAY_LIMIT_CONTROL", "too-many"),
    ("isv.SMS_TEMPLATE", "refused-template"),
    ("isv.SMS_SIGNATURE", "refused-template"),
    ("isv.SMS_SIGN", "refused-template"),
    ("isv.TEMPLATE", "refused-template"),
    ("isv.AMOUNT_NOT_ENOUGH", "no-credit"),
    ("isv.OUT_OF_SERVICE", "no-credit"),
    ("InvalidAccessKeyId", "wrong-password"),
    ("SignatureDoesNotMatch", "wrong-password"),
    ("IncompleteSignature", "wrong-password"),
    ("Forbidden", "wrong-password"),
    ("isp.RAM_PERMISSION_DENY", "wrong-password"),
    ("Throttling", "greylisted"),
    ("ServiceUnavailable", "greylisted"),
    ("isp.SYSTEM_ERROR", "greylisted"),
)


@dataclass(frozen=True)
class Aliyun:
    """An account at Alibaba Cloud with an approved signature and template."""

    key: str
    secret: str = field(repr=False)
    sign: str
    template: str
    endpoint: str = ENDPOINT
    timeout: float = TIMEOUT_SECONDS

    def new_reference(self, name: str) -> str:
        """Return the number of our own that the provider keeps with the message (`OutId`)."""
        return name

    def send(self, letter: Letter, reference: str) -> str:
        """Hand the message over and return the provider's number of it; raise `NotSent`."""
        query = {
            "PhoneNumbers": letter.to.removeprefix("+"),
            "SignName": self.sign,
            "TemplateCode": self.template,
            "TemplateParam": json.dumps({"code": letter.facts.get("code", "")}),
            "OutId": reference,
        }
        answer = self._ask(canonical_query(query))
        code = str(answer.get("Code", ""))
        if code != "OK":
            raise NotSent(_meaning(code), code.removeprefix("isv.").removeprefix("isp."))
        return str(answer.get("BizId", ""))

    def _ask(self, query: str) -> dict[str, Any]:
        address = urlsplit(self.endpoint)
        host, encrypted = address.netloc, address.scheme == "https"
        if not encrypted and address.hostname not in LOOPBACK:
            raise NotSent("no-encryption")
        kind = http.client.HTTPSConnection if encrypted else http.client.HTTPConnection
        connection = kind(host, timeout=self.timeout)
        try:
            headers = signed_headers(
                self.key, self.secret, host, query, date=moment(), nonce=secrets.token_hex(16)
            )
            connection.request("POST", f"/?{query}", headers=headers)
            return _read(connection.getresponse().read(MOST_ANSWERED))
        except ssl.SSLError:
            raise NotSent("bad-certificate") from None
        except TimeoutError:
            raise NotSent("timeout") from None
        except (OSError, http.client.HTTPException):
            raise NotSent("unreachable") from None
        finally:
            connection.close()


def moment() -> str:
    """Return the present moment in the form that is signed."""
    return utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Return parameters in the order and the spelling that are signed (RFC 3986)."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(parameters.items())
    )


def signed_headers(
    key: str,
    secret: str,
    host: str,
    query: str,
    *,
    date: str,
    nonce: str,
    action: str = ACTION,
    version: str = VERSION,
) -> dict[str, str]:
    """Return the headers of a POST without a body, `Authorization` among them."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _NOTHING,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{_NOTHING}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(secret.encode(), f"{_ALGORITHM}\n{digest}".encode(), hashlib.sha256).hexdigest()
    return {
        **headers,
        "Authorization": f"{_ALGORITHM} Credential={key},SignedHeaders={names},Signature={signature}",
    }


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        raise NotSent("no-answer") from None
    if not isinstance(answer, dict):
        raise NotSent("no-answer")
    return answer


def _meaning(code: str) -> str:
    return next((meaning for begin, meaning in _MEANINGS if code.startswith(begin)), "refused")
