"""The contract that every slice keeps: none of it is written in the slice, all of it is asked of its manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import LazyString
from sqlalchemy import Column, Float, Table, UniqueConstraint, inspect

import app as program
from app.core import fields
from app.core.capability import ALL_PROFILES, Capability, discover, in_order
from app.core.declaration import HomeBlock, RelatedPanel, Screen
from app.core.errors import ProgrammingError
from app.core.events import Event
from app.core.permissions import Permission
from app.core.record import Record
from app.panel.ordering import is_offered, names_of, parse_order

CAPABILITIES = discover(program)
SCREENS = {screen.name: screen for capability in CAPABILITIES for screen in capability.screens}
ALL_SCREENS = pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS.keys())
ALL_CAPABILITIES = pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda capability: capability.name)
SMALL_TABLES = {"ab_user"}  # as many rows as the shop has staff
NAME = re.compile(r"[a-z][a-z0-9_]*")


def declared_permissions() -> set[str]:
    """Return every permission that some manifest declares."""
    names = {name for screen in SCREENS.values() for name in screen.permissions}
    return names | {permission.name for capability in CAPABILITIES for permission in capability.permissions}


def is_translatable(text: Any) -> bool:
    """Say whether a text is looked up in the person's language each time it is shown."""
    return isinstance(text, LazyString) and bool(str(text).strip())


def own_tables() -> Iterator[Table]:
    """Yield the program's own tables, without the library's."""
    for name, table in Record.metadata.tables.items():
        if not name.startswith("ab_"):
            yield table


@ALL_CAPABILITIES
def test_a_manifest_is_complete(capability: Capability) -> None:
    assert NAME.fullmatch(capability.name)
    assert is_translatable(capability.label)
    assert capability.profiles <= ALL_PROFILES
    assert set(capability.needs) <= {each.name for each in CAPABILITIES}
    assert all(isinstance(permission, Permission) for permission in capability.permissions)
    assert all(is_translatable(permission.label) for permission in capability.permissions)
    assert all(issubclass(event, Event) for event in capability.handlers)
    assert all(screen.slice == capability.name for screen in capability.screens)


def test_lower_slices_come_first() -> None:
    order = [capability.name for capability in CAPABILITIES]

    for capability in CAPABILITIES:
        assert all(order.index(need) < order.index(capability.name) for need in capability.needs)
    assert in_order(reversed(CAPABILITIES)) == CAPABILITIES


def test_slices_that_need_each_other_are_refused() -> None:
    with pytest.raises(ProgrammingError, match="can't be placed"):
        in_order([Capability("one", "One", needs=("two",)), Capability("two", "Two", needs=("one",))])


def test_a_slice_that_needs_what_is_not_there_is_refused() -> None:
    with pytest.raises(ProgrammingError, match="missing"):
        in_order([Capability("one", "One", needs=("nothing",))])


def test_every_permission_belongs_to_its_slice_and_is_declared_once() -> None:
    extra = [permission.name for capability in CAPABILITIES for permission in capability.permissions]

    assert len(extra) == len(set(extra))
    for capability in CAPABILITIES:
        for permission in capability.permissions:
            assert permission.name.split(":")[0] == capability.name
    for screen in SCREENS.values():
        assert all(name.split(":")[0] == screen.slice for name in screen.permissions)


def test_every_permission_that_something_asks_for_is_declared() -> None:
    asked = {action.permission for screen in SCREENS.values() for action in screen.actions}
    asked |= {screen.workflow_permission for screen in SCREENS.values() if screen.workflow_permission}
    asked |= {block.permission for capability in CAPABILITIES for block in home_blocks(capability)}
    for capability in CAPABILITIES:
        asked |= {panel.permission for panel in capability.panels if not isinstance(panel, RelatedPanel)}

    assert asked - declared_permissions() == set()


def home_blocks(capability: Capability) -> list[HomeBlock]:
    """Return everything that a capability offers to home pages."""
    return [*capability.cards, *capability.home_lists, *capability.home_tables]


@ALL_CAPABILITIES
def test_every_part_of_a_home_page_has_a_name_of_its_own_and_words(capability: Capability) -> None:
    blocks = home_blocks(capability)

    assert len({block.name for block in blocks}) == len(blocks)
    assert all(NAME.fullmatch(block.name) and is_translatable(block.label) for block in blocks)
    assert all(is_translatable(head) for table in capability.home_tables for head in table.heads)
    for one in capability.home_lists:
        assert one.screen in SCREENS
        assert not one.own or isinstance(SCREENS[one.screen].fields[one.own], fields.Link)
        assert not one.own or one.own in SCREENS[one.screen].filters, "show all must lead to the same rows"


def test_every_panel_stands_on_a_screen_and_shows_one() -> None:
    for capability in CAPABILITIES:
        for panel in capability.panels:
            assert panel.on in SCREENS, panel
            assert is_translatable(panel.label), panel
            if isinstance(panel, RelatedPanel):
                shown = SCREENS[panel.screen]
                link = shown.fields[panel.via]
                assert isinstance(link, fields.Link)
                assert link.to == panel.on
                assert set(panel.columns) <= set(shown.fields)


@ALL_SCREENS
def test_every_text_of_a_screen_can_be_translated(screen: Screen) -> None:
    labels = [screen.label, screen.plural, *(group.label for group in screen.groups)]
    labels += [field.label for field in screen.fields.values()]
    labels += [field.help for field in screen.fields.values() if field.help]
    labels += [action.label for action in screen.actions]
    labels += [text for text in (screen.search_hint, screen.empty) if text]
    if screen.workflow:
        labels += [transition.label for transition in screen.workflow.transitions]

    assert [str(label) for label in labels if not is_translatable(label)] == []


def column_of(screen: Screen, name: str) -> Column[Any]:
    """Return the table column behind a mapped attribute, also behind a second name of one."""
    mapper = inspect(screen.model)
    mapped = mapper.synonyms[name].name if name in mapper.synonyms else name
    column: Column[Any] = mapper.columns[mapped]
    return column


@ALL_SCREENS
def test_every_field_is_an_attribute_and_its_column_a_column(screen: Screen) -> None:
    mapper = inspect(screen.model)

    for field in screen.fields.values():
        assert hasattr(screen.model, field.name), field.name
        if isinstance(field, fields.Links):
            assert field.name in mapper.relationships
        else:
            assert column_of(screen, field.column) is not None
        if isinstance(field, fields.Link | fields.Links) and field.to not in SCREENS:
            assert ":" in field.to


@ALL_SCREENS
def test_every_required_field_is_kept_by_the_database_too(screen: Screen) -> None:
    lax = [
        field.name
        for field in screen.fields.values()
        if field.required and not isinstance(field, fields.Links) and column_of(screen, field.column).nullable
    ]

    assert lax == []


@ALL_SCREENS
def test_a_text_field_asks_for_no_more_than_its_column_keeps(screen: Screen) -> None:
    for field in screen.fields.values():
        if isinstance(field, fields.Text):
            length = column_of(screen, field.column).type.length
            assert length is None or field.max_length <= length, field.name


@ALL_SCREENS
def test_lists_are_sorted_and_searched_by_an_index(screen: Screen) -> None:
    indexed = list(index_columns(screen.model.__table__))
    unique = {index[0] for index in unique_columns(screen.model.__table__) if len(index) == 1}

    for name in screen.sorts:
        wanted = column_of(screen, screen.fields[name].column).name
        assert wanted in unique or any(
            index[0] == wanted and index[-1] == "id" for index in indexed if len(index) > 1
        ), f"sorting by {name} reads the whole table"
    for order in screen.orders:
        wanted_columns = [column_of(screen, screen.fields[name].column) for name in order]
        assert (*(column.name for column in wanted_columns), "id") in indexed, f"no index holds {order}"
        # A cursor carries the values, four bytes a sign at worst, and a token has at most 2048 signs.
        assert sum(getattr(column.type, "length", None) or 0 for column in wanted_columns) <= 300
    for search in screen.search if screen.model.__table__.name not in SMALL_TABLES else ():
        column = column_of(screen, search.column).name
        assert any(index[0] == column for index in indexed), (
            f"searching {search.column} reads the whole table"
        )


@ALL_SCREENS
def test_a_screen_names_only_what_it_declares(screen: Screen) -> None:
    assert NAME.fullmatch(screen.noun)
    assert is_offered(screen, names_of(parse_order(screen.sort)))
    assert not screen.state or isinstance(screen.fields[screen.state], fields.Choice)
    assert len(screen.facts) <= 2
    assert hasattr(screen.model, screen.title)
    if screen.workflow:
        assert screen.fields[screen.workflow.attribute].read_only, "a state changes by its workflow alone"
        assert screen.workflow_permission


def unique_columns(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the columns of every unique index and constraint."""
    for index in table.indexes:
        if index.unique:
            yield tuple(column.name for column in index.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)


def index_columns(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the columns of every index, the primary key's and the unique constraints' included."""
    yield tuple(column.name for column in table.primary_key)
    for index in table.indexes:
        yield tuple(column.name for column in index.columns)
    yield from unique_columns(table)


@pytest.mark.parametrize("table", list(own_tables()), ids=lambda table: table.name)
def test_every_own_table_is_sound(table: Table) -> None:
    slices = {capability.name for capability in CAPABILITIES} | {"core"}
    indexed = {index[0] for index in index_columns(table)}

    assert table.name.split("_")[0] in slices
    for column in table.columns:
        assert not isinstance(column.type, Float), f"{column} is a float"
        if column.foreign_keys:
            assert column.name in indexed, (
                f"{column} points elsewhere and has no index: deleting there reads all of it"
            )
        if column.name.endswith("_minor"):
            assert column.name.removesuffix("_minor") + "_currency" in table.columns


# --- Through the door ---------------------------------------------------------------------------------


@pytest.fixture
def owner(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app.test_client(), "Owner")


def pages(screen: Screen) -> list[str]:
    """Return the addresses that every screen has before it has any record."""
    found = ["", "count", "pick?q=x"]
    found += ["export.csv"] if "export" in screen.verbs else []
    found += ["add"] if "add" in screen.verbs else []
    found += ["trash"] if screen.has_trash else []
    return [screen.path + page for page in found] + [f"/api/v1{screen.path.rstrip('/')}"]


@ALL_SCREENS
def test_every_page_of_a_screen_opens_for_the_owner(screen: Screen, owner: FlaskClient) -> None:
    answers = {address: owner.get(address).status_code for address in pages(screen)}

    assert answers == dict.fromkeys(answers, 200)


@ALL_SCREENS
def test_no_page_of_a_screen_opens_for_a_stranger(screen: Screen, client: FlaskClient) -> None:
    for address in pages(screen):
        answer = client.get(address)
        assert answer.status_code in (302, 401, 403), address
        if answer.status_code == 302:
            assert "/login" in answer.headers["Location"], address


@ALL_SCREENS
def test_the_interface_describes_every_screen(screen: Screen, owner: FlaskClient) -> None:
    document = json.loads(owner.get("/api/v1/openapi.json").data)

    described = [
        path for path in document["paths"] if path.startswith(f"/api/v1/{screen.slice}/{screen.noun}")
    ]
    if not described:
        described = [path for path in document["paths"] if path.strip("/") == f"{screen.slice}/{screen.noun}"]
    assert described


OPEN_TO_STRANGERS = re.compile(
    r"/(login|logout|first-run|healthz|assets|static|preferences|appbuilder/static|lang)(/|$)|/favicon.ico$"
)


def test_nothing_else_opens_for_a_stranger(app: Flask, client: FlaskClient) -> None:
    opened = []
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        if "GET" not in (rule.methods or ()) or OPEN_TO_STRANGERS.match(address):
            continue
        answer = client.get(address)
        if answer.status_code not in (302, 401, 403, 404, 405):
            opened.append(f"{address} gave {answer.status_code}")
        elif answer.status_code == 302 and "/login" not in answer.headers["Location"]:
            opened.append(f"{address} leads to {answer.headers['Location']}")

    assert opened == []
