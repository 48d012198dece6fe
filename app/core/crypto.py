"""Locked values: what must stay secret even from somebody who holds the database, under keys that stand outside it.

AES-256-GCM (NIST SP 800-38D) with a random nonce; a key per purpose by HKDF-SHA256 (RFC 5869). What a value belongs
to is authenticated with it: moved to another row, column or table it does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_BYTES = 4
_FORMAT = b"\x01"
_HEAD = len(_FORMAT) + NAME_BYTES


class Damaged(KebuError):
    """A locked value does not open: it was changed, belongs elsewhere, or was locked under another key."""

    status = 409
    code = "damaged"
    message = _l("This value is damaged, or it was locked under another key. Nothing was changed.")


class Keyring:
    """The keys made of one instance key, each for one purpose; the instance key is asked for when first needed."""

    def __init__(self, instance_key: Callable[[], bytes]) -> None:
        self._instance_key = instance_key
        self._derived: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}

    @property
    def name(self) -> bytes:
        """Four bytes that tell the instance key from others and say nothing of it."""
        return self.derive("name")[:NAME_BYTES]

    def derive(self, purpose: str) -> bytes:
        """Return the 32 bytes for a purpose such as `totp`; derived once, because each costs microseconds."""
        if purpose not in self._derived:
            material = self._instance_key()
            kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"kebu {purpose}".encode())
            self._derived[purpose] = kdf.derive(material)
        return self._derived[purpose]

    def lock(self, purpose: str, plain: bytes, belongs_to: str) -> bytes:
        """Return `plain` locked: format, key's name, nonce, then ciphertext and tag (33 bytes longer than `plain`).

        `belongs_to` names the one place where it opens, such as `access_second_factor.secret|17`.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = _FORMAT + self.name
        return head + nonce + self._cipher(purpose).encrypt(nonce, plain, _bound(head, purpose, belongs_to))

    def unlock(self, purpose: str, locked: bytes, belongs_to: str) -> bytes:
        """Return what was locked for this purpose and place; raise `Damaged`."""
        head, nonce = locked[:_HEAD], locked[_HEAD : _HEAD + NONCE_BYTES]
        if head != _FORMAT + self.name:
            raise Damaged
        try:
            return self._cipher(purpose).decrypt(
                nonce, locked[_HEAD + NONCE_BYTES :], _bound(head, purpose, belongs_to)
            )
        except (InvalidTag, ValueError):
            raise Damaged from None

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Return the HMAC-SHA256 of a message under the purpose's key: 32 bytes nobody else can make."""
        return hmac.digest(self.derive(purpose), message, hashlib.sha256)

    def _cipher(self, purpose: str) -> AESGCM:
        if purpose not in self._ciphers:
            self._ciphers[purpose] = AESGCM(self.derive(purpose))
        return self._ciphers[purpose]

    def __repr__(self) -> str:
        return "<Keyring>"


def same(one: bytes, other: bytes) -> bool:
    """Say whether two MACs or digests are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one, other)


def _bound(head: bytes, purpose: str, belongs_to: str) -> bytes:
    return head + f"{purpose}\x1f{belongs_to}".encode()
