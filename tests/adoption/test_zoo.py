"""The zoo: every table and view that the catalogue knows gets its verdict, and the one it deserves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy import column as named_column
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import NullType

from app.adoption.catalogue import named
from app.adoption.connecting import open_adopted
from app.adoption.reflecting import sketch
from app.adoption.sketches import DatabaseSketch, TableSketch
from app.adoption.verdicts import Kind, verdict
from tests.adoption.zoo import SHAPES, name_limit, shapes_of
from tests.support.databases import BACKENDS

each_backend = pytest.mark.parametrize("backend", BACKENDS)

# What the database itself says it holds, asked in another way than Kebu asks.
CATALOGUES = {
    "sqlite": "SELECT '' , name FROM sqlite_schema WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'",
    "postgresql": "SELECT table_schema, table_name FROM information_schema.tables "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') "
    "UNION SELECT schemaname, matviewname FROM pg_matviews",
    "mariadb": "SELECT '', table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
}


@pytest.fixture(scope="session")
def sketches(zoo: Callable[[str], str]) -> Callable[[str], DatabaseSketch]:
    """Return a function that gives the zoo's sketch, made once."""
    made: dict[str, DatabaseSketch] = {}

    def of(backend: str) -> DatabaseSketch:
        if backend not in made:
            engine = open_adopted(zoo(backend), read_only=True)
            made[backend] = sketch(engine)
            engine.dispose()
        return made[backend]

    return of


def called(table: TableSketch) -> str:
    return f"{table.schema}.{table.name}" if table.schema else table.name


def by_name(found: DatabaseSketch) -> dict[str, TableSketch]:
    return {called(table): table for table in found.tables}


def test_at_least_forty_shapes_live_on_all_three_databases() -> None:
    assert sum(set(shape.backends) == set(BACKENDS) for shape in SHAPES) >= 40
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)


@each_backend
def test_every_shape_gets_the_verdict_it_deserves(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    found = by_name(sketches(backend))

    wrong = [
        f"{shape.name}: {name} is {told}, not {expected} ({table.problem if table else 'not found'})"
        for shape in shapes_of(backend)
        for name, expected in shape.expected(backend).items()
        for table in [found.get(name)]
        if (told := verdict(table).kind if table else "dropped") != expected
    ]

    assert wrong == []


@each_backend
def test_no_table_is_dropped_and_none_invented(
    backend: str, sketches: Callable[[str], DatabaseSketch], zoo: Callable[[str], str]
) -> None:
    engine = open_adopted(zoo(backend), read_only=True)
    with engine.connect() as connection:
        known = {tuple(row) for row in connection.execute(text(CATALOGUES[backend]))}
    engine.dispose()
    not_tables = {name for shape in shapes_of(backend) for name in shape.absent}

    found = {(table.schema, table.name) for table in sketches(backend).tables}

    usual = {schema for schema, _name in known if schema == "public"}
    expected = {("" if schema in usual else schema, name) for schema, name in known if name not in not_tables}
    assert len(expected) >= 60
    assert found == expected
    shaped = {name for shape in shapes_of(backend) for name in shape.expected(backend)}
    assert {called(table) for table in sketches(backend).tables} == shaped, "the zoo's list names every one"


@each_backend
def test_rows_are_told_apart_by_the_columns_that_do(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    found = by_name(sketches(backend))
    expected = {name: key for shape in shapes_of(backend) for name, key in shape.keys.items()}

    assert {name: found[name].key for name in expected} == expected


@each_backend
def test_small_tables_are_counted_and_views_are_not(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    found = by_name(sketches(backend))

    assert found["coupon_code"].rows == 14
    assert found["wish"].rows == 0
    assert found["nickname"].rows == 3
    assert found["rented_film"].rows is None


@each_backend
def test_columns_are_sketched_as_the_database_has_them(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    found = by_name(sketches(backend))
    line, draft, badge = found["line"], found["draft"], found["badge"]

    assert [column.name for column in line.columns if column.generated] == (
        ["total"] if backend == "postgresql" else ["total", "twice"]
    )
    assert [column.name for column in draft.columns if column.numbered] == ["id"]
    assert "it''s new" in draft.column("state").default
    assert draft.column("nothing").default in ("", "NULL", "NULL::character varying")
    assert not badge.column("number").nullable
    assert badge.column("holder").nullable
    assert len(found["survey"].columns) == 300
    assert found["t" * name_limit(backend)].column("c" * name_limit(backend)) is not None
    assert all(column.type_text for column in found["rate"].columns)
    assert (found["rate"].column("fine").type.precision, found["rate"].column("fine").type.scale) == (38, 18)


@each_backend
def test_declared_relations_are_found_whole(backend: str, sketches: Callable[[str], DatabaseSketch]) -> None:
    found = by_name(sketches(backend))

    def of(name: str) -> set[tuple[tuple[str, ...], str, tuple[str, ...]]]:
        return {(each.columns, each.table, each.target_columns) for each in found[name].relations}

    assert of("department") == {(("parent_id",), "department", ("id",))}
    assert of("team") == {(("captain_id",), "player", ("id",))}
    assert of("city") == {(("country_iso",), "country", ("iso",))}
    assert of("parcel") == {((name,), "place", ("id",)) for name in ("from_place", "to_place", "via_place")}
    (move,) = found["lot_move"].relations
    pairs = set(zip(move.columns, move.target_columns, strict=True))
    assert (move.table, pairs) == ("lot", {("product", "product"), ("batch", "batch")})
    assert of("form_field") == {(("field_type",), "field_type", ("field_type",))}
    assert of("shop_sale") == set()
    if backend == "postgresql":
        (main,) = found["分店 two.product"].relations
        assert (main.schema, main.table) == ("", "product")


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_comments_are_read(backend: str, sketches: Callable[[str], DatabaseSketch]) -> None:
    note = by_name(sketches(backend))["oms_note"]

    assert note.comment == "订单备注"
    assert note.column("status").comment == "订单状态：0->待付款；1->待发货"


@each_backend
def test_every_column_of_a_usual_type_has_it_whatever_its_name(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    found = by_name(sketches(backend))

    names = (
        'say "hi" it\'s',
        "order",
        "会员等级",
        "72crm_customer",
        "product_attribute",
        "survey",
        "draft",
        "rate",
    )
    unknown = [
        (name, column.name)
        for name in names
        for column in found[name].columns
        if isinstance(column.type, NullType)
    ]

    assert unknown == []


@pytest.mark.mariadb
def test_a_column_that_the_database_renews_is_known(sketches: Callable[[str], DatabaseSketch]) -> None:
    stamp = by_name(sketches("mariadb"))["stamp"]

    assert [column.name for column in stamp.columns if column.renewed] == ["changed"]


@pytest.mark.postgresql
def test_numbers_that_only_the_database_gives_are_never_written(
    sketches: Callable[[str], DatabaseSketch],
) -> None:
    found = by_name(sketches("postgresql"))

    assert (found["always"].column("id").generated, found["always"].column("id").numbered) == (True, True)
    assert (found["by_serial"].column("id").generated, found["by_serial"].column("id").numbered) == (
        False,
        True,
    )


@each_backend
def test_a_view_that_cannot_be_read_says_why_and_stops_no_other(
    backend: str, sketches: Callable[[str], DatabaseSketch]
) -> None:
    broken = by_name(sketches(backend))["of_gone"]

    assert broken.problem
    assert broken.kind == "view"
    assert "\n" not in broken.problem


@pytest.mark.postgresql
def test_one_schema_alone_can_be_looked_at(zoo: Callable[[str], str]) -> None:
    engine = open_adopted(zoo("postgresql"), read_only=True)

    found = sketch(engine, "分店 two")

    engine.dispose()
    assert [(table.schema, table.name) for table in found.tables] == [("分店 two", "product")]


def rows_not_found_alone(engine: Engine, table: TableSketch) -> list[str]:
    """Return a line for each row of a table that its key does not find alone."""
    # SQLite's values are of the type that they were stored with, whatever a column declares.
    is_typed = engine.dialect.name != "sqlite"
    columns = [
        named_column(quoted_name(name, quote=True), table.column(name).type if is_typed else None)
        for name in table.key
    ]
    source = named(table.schema, table.name)
    wrong = []
    with engine.connect() as connection:
        for row in connection.execute(select(*columns).select_from(source).limit(50)).all():
            met = [column == value for column, value in zip(columns, row, strict=True)]
            count = connection.execute(select(func.count()).select_from(source).where(*met)).scalar()
            if count != 1:
                wrong.append(f"{called(table)}: {count} rows for {tuple(row)!r}")
    return wrong


# SQLAlchemy warns of some types of its own.
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@each_backend
def test_the_key_of_every_editable_table_finds_each_of_its_rows_and_no_other(
    backend: str, sketches: Callable[[str], DatabaseSketch], zoo: Callable[[str], str]
) -> None:
    engine = open_adopted(zoo(backend), read_only=True)
    editable = [table for table in sketches(backend).tables if verdict(table).kind is Kind.EDITABLE]

    wrong = [line for table in editable for line in rows_not_found_alone(engine, table)]

    engine.dispose()
    assert len(editable) >= 50
    assert wrong == []
