"""Keys order by time, and tokens name every key that a database can hold."""

from __future__ import annotations

import base64
import datetime
import json
import random
import string
import threading
import time
import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, Date, LargeBinary, MetaData, String, Table, and_, insert, select
from sqlalchemy.dialects.mysql import VARBINARY

from app.core.clock import UtcDateTime
from app.core.database import adopt_metadata, db
from app.core.errors import UnreadableToken
from app.core.keys import Key, KeyPart, decode_token, encode_token, keys_at, uuid7
from app.core.quantity import Quantity
from tests.core.models import Thing

PARTS = st.one_of(
    st.uuids(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=60),
    st.binary(max_size=60),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12),
    st.datetimes(timezones=st.one_of(st.none(), st.just(datetime.UTC))),
    st.dates(),
    st.none(),
)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
AWKWARD_TEXTS = [
    "",
    "/",
    "a/b?c#d",
    "..",
    "%2F",
    "\\",
    "🐕‍🦺",
    "王小明",
    "a\u0000b",
    "\ud83d",
    "\udc00\ud800",
    "\ud83d\ude00",
    " x ",
    "ß",
]


@given(st.lists(st.datetimes(datetime.datetime(1970, 1, 1), timezones=st.just(datetime.UTC)), max_size=20))
def test_keys_of_the_past_are_uuids_in_the_order_of_their_moments(moments: list[datetime.datetime]) -> None:
    keys = keys_at(moments + moments)

    read = [uuid.UUID(bytes=key) for key in keys]
    assert all((key.version, key.variant) == (7, uuid.RFC_4122) for key in read)
    assert len(set(keys)) == len(keys) == 2 * len(moments)
    by_key = sorted(zip(keys, moments + moments, strict=True))
    assert [moment for _key, moment in by_key] == sorted(moments + moments)
    milliseconds = [(moment - EPOCH) // datetime.timedelta(milliseconds=1) for moment in moments]
    assert [key.int >> 80 for key in read[: len(moments)]] == milliseconds


def test_keys_made_one_after_another_are_in_order() -> None:
    keys = [uuid7() for _ in range(20_000)]

    assert keys == sorted(keys)
    assert [key.bytes for key in keys] == sorted(key.bytes for key in keys)
    assert len(set(keys)) == len(keys)


def test_keys_made_by_several_threads_are_all_different() -> None:
    made: list[list[uuid.UUID]] = [[] for _ in range(8)]
    threads = [
        threading.Thread(target=lambda box=box: box.extend(uuid7() for _ in range(2_000))) for box in made
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(box == sorted(box) for box in made)
    assert len({key for box in made for key in box}) == 16_000


def test_a_key_has_the_layout_of_rfc_9562() -> None:
    before = time.time_ns() // 1_000_000
    key = uuid7()
    after = time.time_ns() // 1_000_000

    assert key.version == 7
    assert key.variant == uuid.RFC_4122
    # Keys made in a burst run a little ahead of the clock, never behind it.
    assert before <= key.int >> 80 <= after + 50


@settings(max_examples=500, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=5))
def test_a_token_gives_back_the_parts_it_was_made_from(parts: list[KeyPart]) -> None:
    token = encode_token(parts)

    decoded = decode_token(token)

    assert list(decoded) == parts
    assert [type(part) for part in decoded] == [type(part) for part in parts]
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


def random_part(chance: random.Random, kind: str) -> KeyPart:
    """Return a key part of the kind, seeded, as awkward as people and old systems make them."""
    match kind:
        case "uuid":
            return uuid.UUID(int=chance.getrandbits(128))
        case "int":
            return chance.choice([0, -1, 2**63 - 1, -(2**63), chance.randrange(-(10**18), 10**18)])
        case "str":
            letters = "abcXYZ019/\\?#%&+ .:;-_王小明🐕🦺é\u0301\u200d\U0010ffff\ufffd" + "'\"`"
            return chance.choice("x王🐕/") + "".join(chance.choices(letters, k=chance.randrange(2, 30))) + "|"
        case "bytes":
            return chance.randbytes(chance.randrange(1, 40)) + b"|"
        case "decimal":
            return Decimal(chance.randrange(-(10**15), 10**15)).scaleb(-3)
        case "moment":
            start = datetime.datetime(1950, 1, 1, tzinfo=datetime.UTC)
            return start + datetime.timedelta(microseconds=chance.randrange(10**17))
        case "day":
            return datetime.date.fromordinal(chance.randrange(600_000, 1_000_000))
    raise AssertionError(kind)


KINDS = ("uuid", "int", "str", "bytes", "decimal", "moment", "day")


def test_ten_thousand_random_keys_survive_the_address() -> None:
    chance = random.Random(20260305)
    keys: list[list[KeyPart]] = []
    for _ in range(10_000):
        parts = [random_part(chance, chance.choice(KINDS)) for _ in range(chance.randrange(1, 4))]
        parts += chance.choice([[], [], [None], [True], [chance.choice(AWKWARD_TEXTS)]])
        keys.append(parts)

    tokens = [encode_token(parts) for parts in keys]

    assert [list(decode_token(token)) for token in tokens] == keys
    assert len({json.dumps(token) for token in tokens}) == len({repr(parts) for parts in keys})


metadata = MetaData()
adopt_metadata(metadata)
COLUMNS: dict[str, Any] = {
    "uuid": Key(),
    "int": BigInteger(),
    "str": String(60),
    "bytes": LargeBinary(60),
    "decimal": Quantity(3),
    "moment": UtcDateTime(),
    "day": Date(),
}


def key_tables(backend: str) -> dict[str, Table]:
    """Return one table per kind of key and one with a key of two parts."""
    tables = {}
    for kind, column_type in COLUMNS.items():
        kept_as = column_type
        if kind == "bytes" and backend in ("mysql", "mariadb"):
            kept_as = VARBINARY(60)
        tables[kind] = Table(
            f"test_key_{kind}",
            metadata,
            Column("id", kept_as, primary_key=True, autoincrement=False),
            extend_existing=True,
        )
    tables["pair"] = Table(
        "test_key_pair",
        metadata,
        Column("id", String(60), primary_key=True),
        Column("line", BigInteger(), primary_key=True, autoincrement=False),
        extend_existing=True,
    )
    return tables


def test_ten_thousand_random_keys_find_their_row_and_no_other(core_app: Flask) -> None:
    chance = random.Random(7)
    tables = key_tables(db.engine.dialect.name)
    metadata.drop_all(db.engine)
    metadata.create_all(db.engine)
    keys: dict[str, set[tuple[KeyPart, ...]]] = {kind: set() for kind in tables}
    while sum(map(len, keys.values())) < 10_000:
        kind = chance.choice((*KINDS, "pair"))
        pair = (random_part(chance, "str"), random_part(chance, "int"))
        keys[kind].add(pair if kind == "pair" else (random_part(chance, kind),))

    try:
        with db.engine.connect() as connection:
            for kind, table in tables.items():
                names = [column.name for column in table.primary_key]
                connection.execute(insert(table), [dict(zip(names, key, strict=True)) for key in keys[kind]])
                for key in keys[kind]:
                    decoded = decode_token(encode_token(key))
                    conditions = [
                        column == part for column, part in zip(table.primary_key, decoded, strict=True)
                    ]
                    found = connection.execute(select(table).where(and_(*conditions))).all()
                    assert [tuple(row) for row in found] == [key]
            connection.rollback()
    finally:
        metadata.drop_all(db.engine)


@settings(max_examples=1_000, deadline=None)
@given(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=()), max_size=200),
        st.text(alphabet=string.ascii_letters + string.digits + "-_", max_size=200),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
        ).map(lambda document: "k" + _encoded(json.dumps(document).encode())),
    )
)
def test_a_hostile_token_is_unreadable_and_nothing_worse(token: str) -> None:
    try:
        parts = decode_token(token)
    except UnreadableToken:
        return
    assert encode_token(parts) == token


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "{}",
        "5",
        "null",
        '[["i","９"]]',
        '[["i","1_000"]]',
        '[["i","' + "9" * 41 + '"]]',
        '[["d","NaN "]]',
        '[["d","1e99999999999999999999"]]',
        '[["d","sNaN"]]',
        '[["m","9999-99-99"]]',
        '[["m","0001-01-01T00:00:00+23:59"]]',
        '[["t",2]]',
        '[["u","zz"]]',
        '[["n",1]]',
        '[ ["n"]]',
        "[" * 1_500,
        '[["i",NaN]]',
        '[["a","2026-W01-1"]]',
    ],
)
def test_a_token_that_encode_never_made_is_refused(document: str) -> None:
    with pytest.raises(UnreadableToken):
        decode_token("k" + _encoded(document.encode()))


@pytest.mark.parametrize(
    "token", ["", "u", "k", "x" * 10, "u" + "A" * 21, "u" + "A" * 22 + "=", "ü" * 10, "k" * 3_000]
)
def test_a_damaged_token_is_refused(token: str) -> None:
    with pytest.raises(UnreadableToken):
        decode_token(token)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "１" * 32, "0' OR '1'='1", "\ud800", "9" * 5_000, 5, b"\xff", "\0"]
)
def test_a_malformed_key_matches_no_row(core_app: Flask, text: Any) -> None:
    db.session.add(Thing(name="one"))
    db.session.flush()

    assert db.session.get(Thing, text) is None
    assert db.session.scalars(select(Thing).where(Thing.id == text).limit(1)).all() == []


def test_a_key_sorts_in_the_database_as_it_was_made(core_app: Flask) -> None:
    things = [Thing(name=str(number)) for number in range(50)]
    for thing in things:
        thing.id = uuid7()
    db.session.add_all(reversed(things))
    db.session.flush()
    db.session.expire_all()

    stored = db.session.scalars(select(Thing.id).order_by(Thing.id).limit(100)).all()

    assert list(stored) == [thing.id for thing in things]
    assert db.session.scalar(select(Thing.name).where(Thing.id == str(things[3].id))) == "3"
