"""Sealing: an entry's values locked under the key of the person whom they are about, or under the shop's.

AES-256-GCM with a random nonce, as `core/crypto` has it; here by ciphers that are made once for many values. What a
value belongs to is authenticated with it: in another row or column it does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.crypto import KEY_BYTES, NONCE_BYTES, Damaged
from app.core.kernel import kernel

BEFORE, AFTER, REASON = b"journal_entry.old_values|", b"journal_entry.new_values|", b"journal_entry.reason"
_FORMAT = b"\x01"
_WRAPPING = "journal person key"


class Unreadable(Exception):
    """A sealed value does not open: it was changed, moved, or sealed under another key."""


def shop_cipher() -> AESGCM:
    """Return the cipher for what is about nobody."""
    return AESGCM(kernel().keys.derive("journal values"))


def new_key() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(key_id: uuid.UUID, key: bytes) -> str:
    """Return a person's key locked under the instance key, for its row."""
    return base64.b64encode(kernel().keys.lock(_WRAPPING, key, key_id.hex)).decode()


def person_cipher(key_id: uuid.UUID, wrapped: str) -> AESGCM:
    """Return the cipher of a person's key out of its row; raise `Unreadable`."""
    try:
        return AESGCM(kernel().keys.unlock(_WRAPPING, base64.b64decode(wrapped), key_id.hex))
    except (Damaged, binascii.Error):
        raise Unreadable from None


def seal(cipher: AESGCM, text: str, tie: bytes) -> str:
    """Return `text` sealed to the place that `tie` names."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(_FORMAT + nonce + cipher.encrypt(nonce, text.encode(), tie)).decode()


def unseal(cipher: AESGCM, sealed: str, tie: bytes) -> str:
    """Return what was sealed to this place; raise `Unreadable`."""
    try:
        raw = base64.b64decode(sealed)
        if raw[:1] != _FORMAT:
            raise Unreadable
        return cipher.decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :], tie).decode()
    except (InvalidTag, ValueError):
        raise Unreadable from None
