"""The declaration as a file: what is written is read back the same, and nothing hostile in it gets anywhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask import Flask
from flask_appbuilder.security.sqla.models import Role as AccountRole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.acting import acting_as
from app.access.models import Person
from app.access.roles import add_role
from app.access.rule_tables import FieldRule, RowRule
from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedTable, Meaning, Role
from app.adoption.written.applying import export, preview, take_in
from app.adoption.written.composing import compose, place_text
from app.adoption.written.declaration import (
    Declaration,
    DeclaredColumn,
    DeclaredRole,
    DeclaredTable,
    RoleRules,
    SharedView,
)
from app.adoption.written.errors import UnknownNames, Unreadable, WrongFile
from app.adoption.written.keys import COLUMN_KEYS, ROLE_KEYS, SOURCE_KEYS, TABLE_KEYS, nothing
from app.adoption.written.parsing import Known, parse
from app.adoption.written.reading import MOST_BYTES, read
from app.adoption.written.writing import write
from app.core.database import db
from app.core.errors import Forbidden
from app.core.permissions import everything_granted
from app.journal.models import JournalEntry
from app.panel.saved_view_models import View, Visibility
from app.shaping.models import Personal
from tests.adoption.adopting import adopted, let_go
from tests.support.whole_house import FreshClient

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
ONE_LINE = TEXT.map(lambda text: text.replace("\n", " "))
MINE = '{"all":[["City","is","Oslo"]]}'
NAME = ONE_LINE.filter(bool)


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


@pytest.fixture
def chinook(shop_app: Flask, sign_in: Any, real_database: Callable[[str, str], str]) -> str:
    """Chinook, adopted in a shop that has an owner."""
    sign_in(FreshClient(shop_app))
    return adopted(real_database("chinook", "sqlite"), name="chinook")


def _owner() -> int:
    number = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    db.session.rollback()
    assert number is not None
    return number


# --- Text and declaration ------------------------------------------------------------------------------


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    """Draw any declaration that rows could hold."""
    schema = st.one_of(st.just(""), NAME)
    places = draw(st.lists(st.tuples(schema, NAME), unique_by=place_text, min_size=1, max_size=3))
    declared = Declaration(nothing(SOURCE_KEYS, "mall"), roles={})
    declared.values["label_zh"] = draw(ONE_LINE)
    for place in places:
        columns = draw(st.lists(NAME, unique=True, min_size=1, max_size=3))
        table = DeclaredTable(nothing(TABLE_KEYS, place[1]))
        table.values |= {"label_en": draw(ONE_LINE), "title_column": draw(st.sampled_from(columns))}
        table.values |= {"key_columns": "\n".join(columns), "is_shown": draw(st.booleans())}
        for name in columns:
            values = nothing(COLUMN_KEYS, name) | {
                "label_zh": draw(ONE_LINE),
                "group_en": draw(ONE_LINE),
                "choices": draw(TEXT),
                "personal": draw(st.sampled_from(Personal)),
                "meaning": draw(st.sampled_from(Meaning)),
            }
            link = draw(st.one_of(st.none(), st.tuples(st.sampled_from(places), ONE_LINE)))
            table.columns[name] = DeclaredColumn(values, link)
        if draw(st.booleans()):
            table.rules = {"Clerk": RoleRules(draw(TEXT), {draw(NAME): "masked"})}
            pairs = draw(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=2))
            table.views = {"v": SharedView(pairs, draw(st.sampled_from([[], ["Clerk"]])), 7, pinned=True)}
        declared.tables[place] = table
    assert declared.roles is not None
    values = nothing(ROLE_KEYS, "sales") | {"columns": draw(TEXT), "filter": "a = 1", "confidence": 40}
    declared.roles["sales"] = DeclaredRole(values, places[0], draw(st.sampled_from([None, places[-1]])))
    return declared


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declarations())
def test_every_declaration_is_read_back_as_it_was_written(declared: Declaration) -> None:
    known = Known(
        "mall",
        {place: frozenset(table.columns) for place, table in declared.tables.items()},
        frozenset({"Clerk"}),
    )

    written = compose(declared, "mall")
    back, skipped = parse(written, known)

    assert skipped == ()
    assert back == declared
    assert list(back.tables) == list(declared.tables)
    assert compose(back, "mall") == written


@given(
    st.dictionaries(NAME, st.one_of(TEXT, st.lists(TEXT), st.dictionaries(NAME, TEXT), st.none()), min_size=1)
)
def test_what_is_written_is_yaml_to_every_other_program(document: dict[str, Any]) -> None:
    assert yaml.safe_load(write(document)) == {
        key: {} if value == {} else value for key, value in document.items()
    }


@given(st.binary(max_size=300))
def test_whatever_bytes_arrive_are_read_or_refused_in_words(data: bytes) -> None:
    try:
        parse(data, Known("mall", {}, frozenset()), skip_unknown=True)
    except (Unreadable, WrongFile) as error:
        assert error.problems


BOMB = b"version: 1\na: &a [x, x]\nb: [*a, *a]\n"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        pytest.param(BOMB, 2, "Anchors", id="a bomb of references"),
        pytest.param(b"version: 1\ntables: !!python/object:os.system ls\n", 2, "Tags", id="a tag"),
        pytest.param(b"version: 1\nversion: 1\n", 2, "twice; first in line 1", id="a key twice"),
        pytest.param(b"version: 1\n---\nversion: 1\n", 2, "more than one document", id="two documents"),
        pytest.param(b"tables: " + b"[" * 40_000, 1, "nested too deeply", id="deep nesting"),
        pytest.param(b"version: [1\ntables: }\n", 2, "not YAML", id="no YAML"),
        pytest.param(b"version: \xff\xfe", 0, "UTF-8", id="no text"),
        pytest.param(b"a: \x07", 0, "doesn't allow", id="a bell"),
        pytest.param(b"#" * (MOST_BYTES + 1), 0, "larger than", id="a huge file"),
        pytest.param(b"a: [" + b"x," * 450_000 + b"]", 1, "too much", id="a long list"),
        pytest.param(b"? [a, b]\n: c\n", 1, "A key is", id="a list as a key"),
    ],
)
def test_what_is_no_plain_file_is_refused_with_its_line(
    data: bytes, line: int, words: str, sqlite_core: Flask
) -> None:
    with sqlite_core.test_request_context(), pytest.raises(Unreadable) as raised:
        read(data)

    assert raised.value.problems[0].line == line
    assert words in raised.value.problems[0].reason


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("tables:\n  Nobody: {}\n", 3, "no table Nobody"),
        ("tables:\n  member:\n    columns:\n      ghost:\n", 5, "no column ghost in member"),
        ("tables:\n  member:\n    colour: red\n", 4, "no key colour"),
        ("tables:\n  member:\n    title: ghost\n", 4, "no column ghost"),
        ("tables:\n  member:\n    rules:\n      Pirate: {}\n", 5, "no role Pirate"),
        ("roles:\n  feelings: {}\n", 3, "no use feelings"),
        ("tables:\n  member:\n    columns:\n      id: {link: Nobody}\n", 5, "no table Nobody"),
    ],
)
def test_what_is_not_there_is_named_with_its_line_and_can_be_skipped(
    text: str, line: int, words: str, sqlite_core: Flask
) -> None:
    known = Known("mall", {("", "member"): frozenset({"id"})}, frozenset())
    data = f"version: 1\n{text}".encode()

    with sqlite_core.test_request_context():
        with pytest.raises(UnknownNames) as raised:
            parse(data, known)
        _declared, skipped = parse(data, known, skip_unknown=True)

    assert raised.value.problems[0].line == line
    assert words in raised.value.problems[0].reason
    assert skipped == raised.value.problems


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tables: [1]\n", 2),
        ("tables:\n  member:\n    read_only: yes\n", 4),
        ('tables:\n  member:\n    read_only: "true"\n', 4),
        ("tables:\n  member:\n    label: {fr: Membre}\n", 4),
        ("tables:\n  member:\n    label: [a]\n", 4),
        ("tables:\n  member:\n    alive: 1 = = 2\n", 4),
        ("tables:\n  member:\n    columns:\n      id: {personal: secret}\n", 5),
        (f"tables:\n  member:\n    label: {'x' * 61}\n", 4),
        ('tables:\n  member:\n    alive: "\\0"\n', 4),
        ("roles:\n  sales: {table: member, confidence: 101}\n", 3),
        ("roles:\n  sales: {table: member, unit: fen}\n", 3),
        ("roles:\n  sales: {table: member, filter: status =}\n", 3),
        ("database: {time_zone: Mars/Olympus}\n", 2),
        ("database: {currency: yuan}\n", 2),
        ("version: 2\n", 2),
    ],
)
def test_a_value_that_can_not_be_is_refused_with_its_line_whatever_may_be_skipped(
    text: str, line: int, sqlite_core: Flask
) -> None:
    known = Known("mall", {("", "member"): frozenset({"id"})}, frozenset())
    data = ("" if text.startswith("version") else "version: 1\n").encode() + text.encode()

    with sqlite_core.test_request_context(), pytest.raises(WrongFile) as raised:
        parse(data if not text.startswith("version") else b"# 2\n" + data, known, skip_unknown=True)

    assert not isinstance(raised.value, UnknownNames)
    assert raised.value.problems[0].line in (line, 1)


# --- Rows ----------------------------------------------------------------------------------------------


def test_a_file_taken_in_where_it_was_written_changes_nothing(chinook: str) -> None:
    parked = db.session.scalar(select(AdoptedColumn).where(AdoptedColumn.name == "Fax"))
    assert parked is not None
    parked.is_parked = True
    db.session.commit()

    with acting_as(_owner()):
        first = export(chinook)
        outcome = take_in(chinook, first)
        second = export(chinook)

    db.session.refresh(parked)
    assert parked.is_parked, "that the database has it no more is no word of a person's"
    assert outcome.changes == ()
    assert first == second
    assert b"sqlite" not in first and b"\n  Customer:\n" in first


def test_everything_that_is_said_comes_back_from_the_file(chinook: str) -> None:
    owner = _owner()
    clerk = db.session.scalar(select(AccountRole).where(AccountRole.name == "Clerk"))
    assert clerk is not None
    column = db.session.scalar(select(AdoptedColumn).where(AdoptedColumn.name == "Country"))
    assert column is not None
    source = db.session.get(AdoptedTable, column.table_id).source_id  # type: ignore[union-attr]
    column.choices, column.label_zh, column.group_zh = "NO=挪威\nDE=德国", "国家", "地址"
    column.meaning, column.is_shown = Meaning.LINK, False
    db.session.add(RowRule(role_id=clerk.id, screen="chinook:customer", where_document=MINE))
    db.session.add(FieldRule(role_id=clerk.id, screen="chinook:customer", field="Phone", sight="masked"))
    db.session.add(
        View(
            id=uuid.uuid4(),
            name="挪威",
            screen="chinook:customer",
            arguments=json.dumps([["q", "a"]]),
            owner_id=owner,
            visibility=Visibility.EVERYBODY,
        )
    )
    sales = db.session.scalars(
        select(AdoptedRole).where(AdoptedRole.source_id == source, AdoptedRole.role == Role.SALES)
    ).one()
    sales.filter, sales.is_used = "Total > 0", True
    db.session.commit()
    with acting_as(owner):
        file = export(chinook)
    # Somebody changes and loses it all.
    for model in (RowRule, FieldRule, View, AdoptedRole):
        for row in db.session.scalars(select(model)):
            db.session.delete(row)
    column.choices, column.label_zh, column.meaning, column.is_shown = "", "x", Meaning.PLAIN, True
    db.session.commit()

    with acting_as(owner):
        changes = take_in(chinook, file).changes
        again = export(chinook)

    assert again == file
    assert '"NO": 挪威'.encode() in file
    assert {(each.table, each.part, each.key) for each in changes if each.part == "Country"} == {
        ("Customer", "Country", key) for key in ("label", "shown", "meaning", "choices")
    }
    assert db.session.scalar(select(RowRule.where_document)) == MINE
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(10)).all()
    assert any(entry.batch_id is not None for entry in entries), "one batch, which can be taken back"


def test_a_preview_tells_and_changes_nothing(chinook: str) -> None:
    file = (
        b"version: 1\ntables:\n  Customer:\n    label: {zh: \xe5\xae\xa2, en: Buyer}\n    title: LastName\n"
    )

    with acting_as(_owner()):
        before = export(chinook)
        outcome = preview(chinook, file)
        after = export(chinook)

    assert before == after
    told = {(each.table, each.key): each.after for each in outcome.changes}
    assert told["Customer", "label"] == "客 / Buyer"
    assert told["Customer", "title"] == "LastName"


def test_an_unknown_name_leaves_everything_as_it_is(chinook: str) -> None:
    file = b"version: 1\ntables:\n  Customer: {title: LastName}\n  Ghost: {}\n"

    with acting_as(_owner()):
        before = export(chinook)
        with pytest.raises(UnknownNames):
            take_in(chinook, file)
        assert export(chinook) == before
        take_in(chinook, file, skip_unknown=True)

    assert (
        db.session.scalar(select(AdoptedTable.title_column).where(AdoptedTable.name == "Customer"))
        == "LastName"
    )


def test_a_filter_that_can_not_be_read_undoes_the_whole_file(chinook: str) -> None:
    file = (
        b"version: 1\ntables:\n  Customer:\n    title: LastName\n    rules:\n      Clerk: {rows: nonsense}\n"
    )

    with acting_as(_owner()), pytest.raises(WrongFile, match="Clerk"):
        take_in(chinook, file)

    db.session.rollback()
    assert (
        db.session.scalar(select(AdoptedTable.title_column).where(AdoptedTable.name == "Customer"))
        != "LastName"
    )


def test_who_may_not_adopt_neither_reads_nor_writes_a_file(
    chinook: str, shop_app: Flask, sign_in: Any
) -> None:
    sign_in(FreshClient(shop_app), "Clerk")
    clerk = db.session.scalar(select(Person.id).where(Person.username == "clerk"))
    db.session.rollback()

    with acting_as(clerk):
        for act in (lambda: export(chinook), lambda: take_in(chinook, b""), lambda: preview(chinook, b"")):
            with pytest.raises(Forbidden):
                act()


def test_nobody_opens_by_a_file_what_he_may_not_open_on_a_page(
    chinook: str, shop_app: Flask, sign_in: Any
) -> None:
    with everything_granted():
        add_role("Installer", {"adoption:source:adopt", f"{chinook}:customer:list"})
    sign_in(FreshClient(shop_app), "Installer")
    number = db.session.scalar(select(Person.id).where(Person.username == "installer"))
    clerk = db.session.scalar(select(AccountRole.id).where(AccountRole.name == "Clerk"))
    db.session.add(RowRule(role_id=clerk, screen="chinook:customer", where_document=MINE))
    db.session.commit()
    opening = b"version: 1\ntables:\n  Customer:\n    title: LastName\n    rules: {}\n"
    sharing = b"version: 1\ntables:\n  Customer:\n    views:\n      Mine: {asks: [[q, a]]}\n"

    with acting_as(number):
        assert b"Oslo" not in export(chinook), "nor does he read whom others see"
        for file in (opening, sharing):
            with pytest.raises(Forbidden):
                take_in(chinook, file)

    db.session.rollback()
    assert db.session.scalar(select(RowRule.where_document)) == MINE
    title = select(AdoptedTable.title_column).where(AdoptedTable.name == "Customer")
    assert db.session.scalar(title) != "LastName"
