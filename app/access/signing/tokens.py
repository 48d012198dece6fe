"""Random secrets that browsers and links carry, what is kept of them, and where a request comes from."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets

from flask import has_request_context, request

from app.core.kernel import kernel

_BYTES = 32
_IS_SECRET = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def new_secret() -> str:
    """Return 256 random bits as text for a cookie or an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str | None) -> str:
    """Return what the database keeps of a secret; of anything that can't be one, a digest that no row has."""
    text = secret if secret and _IS_SECRET(secret) else ""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def mac_of(purpose: str, text: str) -> str:
    """Return what the database keeps of a short code or a name: nobody without the instance key can guess it back."""
    return kernel().keys.mac(purpose, text.encode("utf-8", "surrogatepass")).hex()


def remote_address() -> str:
    """Return where the request comes from; '' outside requests."""
    return (request.remote_addr or "")[:64] if has_request_context() else ""


def network() -> str:
    """Return what stands for the sender of a request when tries are counted: one IPv6 customer has a whole /64."""
    address = remote_address()
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def browser_in_words() -> str:
    """Return the browser and the system of a request, such as `Chrome · Windows`."""
    said = request.headers.get("User-Agent", "") if has_request_context() else ""
    found = [next((name for sign, name in each if sign in said), "") for each in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found))
