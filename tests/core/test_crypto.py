"""Locked values open at their own place with their own key, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import Damaged, Keyring, same

KEY = bytes(range(32))


def ring(key: bytes = KEY) -> Keyring:
    """Return the keyring of an instance key."""
    return Keyring(lambda: key)


@given(plain=st.binary(max_size=2000), purpose=st.text(max_size=20), place=st.text(max_size=20))
def test_what_is_locked_opens_again_and_shows_nothing(plain: bytes, purpose: str, place: str) -> None:
    keys = ring()

    locked = keys.lock(purpose, plain, place)

    assert keys.unlock(purpose, locked, place) == plain
    assert len(plain) < 4 or plain not in locked
    assert len(locked) == len(plain) + 33


def test_the_same_value_is_never_locked_the_same_way_twice() -> None:
    keys = ring()

    assert len({keys.lock("totp", b"138 1234 5678", "a") for _time in range(1000)}) == 1000


@pytest.mark.parametrize(
    "attempt",
    [
        lambda locked: ring().unlock("totp", locked, "person|2"),
        lambda locked: ring().unlock("smtp", locked, "person|1"),
        lambda locked: ring(bytes(32)).unlock("totp", locked, "person|1"),
        lambda locked: ring().unlock("totp", b"\x02" + locked[1:], "person|1"),
    ],
    ids=["another place", "another purpose", "another key", "another format"],
)
def test_a_value_opens_nowhere_else(attempt: Callable[[bytes], bytes]) -> None:
    locked = ring().lock("totp", b"secret", "person|1")

    with pytest.raises(Damaged):
        attempt(locked)


def test_no_changed_cut_or_lengthened_value_opens() -> None:
    keys, plain = ring(), b"a value of some length"
    locked = keys.lock("totp", plain, "person|1")
    flipped = [
        locked[:at] + bytes([locked[at] ^ 1 << bit]) + locked[at + 1 :]
        for at in range(len(locked))
        for bit in range(8)
    ]

    for damaged in [*flipped, *(locked[:length] for length in range(len(locked))), locked + b"\0"]:
        with pytest.raises(Damaged):
            keys.unlock("totp", damaged, "person|1")


def test_purposes_have_keys_of_their_own_and_the_instance_key_is_read_when_first_needed() -> None:
    asked = []

    def key() -> bytes:
        asked.append(1)
        return KEY

    keys = Keyring(key)
    assert asked == []

    assert len({keys.derive(purpose) for purpose in ("a", "b", "totp", "name")}) == 4
    assert keys.derive("a") == ring().derive("a") != ring(bytes(32)).derive("a")
    assert same(keys.mac("chain", b"x"), ring().mac("chain", b"x"))
    assert not same(keys.mac("chain", b"x"), keys.mac("chain", b"y"))
    assert KEY.hex() not in repr(keys) and keys.name not in KEY
