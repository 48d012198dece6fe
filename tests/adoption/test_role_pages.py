"""A person says which table stands for what: looked at first, refused beside its input, on record, undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable, Role
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from tests.adoption.adopting import adopted, let_go
from tests.adoption.test_role_facts import facts_of, rows_of
from tests.support.databases import BACKENDS
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

SHOP = """
CREATE TABLE member (id INTEGER PRIMARY KEY, name VARCHAR(40), phone VARCHAR(20), password VARCHAR(40));
CREATE TABLE sale (
  id INTEGER PRIMARY KEY, member_id INTEGER, sold_at INTEGER, total INTEGER, state VARCHAR(10), kind INTEGER);
INSERT INTO member VALUES (1, '王小红', '13800001111', 'sesame'), (2, '李四', '13900002222', 'open');
INSERT INTO sale VALUES (1, 1, 1704067199, 1050, 'paid', 1);
INSERT INTO sale VALUES (2, 2, 1704067200, 2000, 'paid', 1);
INSERT INTO sale VALUES (3, 9, 1704153600, 500, 'paid', 2);
INSERT INTO sale VALUES (4, 1, 1704153600, 9900, 'open', 1);
"""
SALES = {
    "table": "sale",
    "column.key": "id",
    "column.time": "sold_at",
    "column.customer": "member_id",
    "column.amount": "total",
    "filter": "state = 'paid'",
    "unit": "minor",
    "refunds": "positive",
    "refund_filter": "kind = 2",
    "epoch": "s",
}
ADDRESS = "/adoption/roles/till/sales"


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> Iterator[FlaskClient]:
    """The signed-in owner of a shop that lets go of what it adopted when the test ends."""
    yield sign_in(FreshClient(app))
    let_go()


def till(new_database: Callable[[str], str], backend: str) -> str:
    """Adopt a small database without a word of explanation in it; return its address."""
    address = new_database(backend)
    engine = create_engine(make_url(address))
    with engine.begin() as connection:
        for statement in filter(str.strip, SHOP.split(";\n")):
            connection.execute(text(statement.rstrip(";\n")))
    engine.dispose()
    adopted(address, name="till")
    return address


def said(owner: FlaskClient, act: str, **changed: str) -> Any:
    """Post the form of sales as a browser would, with some inputs changed."""
    shown = form_of(owner.get(ADDRESS).text)
    data = {**SALES, **changed, "row_version": shown["row_version"], "act": act}
    return owner.post(ADDRESS, data=data)


def plain(page: str) -> str:
    """Return a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def _versions() -> dict[Any, int]:
    """Return how often each role was changed."""
    db.session.rollback()
    return {row.role: row.row_version for row in db.session.scalars(select(AdoptedRole))}


@pytest.mark.parametrize("backend", BACKENDS)
def test_fen_epoch_seconds_and_refunds_come_as_yuan_on_the_wall_clock_in_analyses_at_once(
    owner: FlaskClient, new_database: Callable[[str], str], backend: str
) -> None:
    till(new_database, backend)
    place = form_of(owner.get("/adoption/roles/").text)
    placed = owner.post(
        "/adoption/roles/till/place",
        data={"row_version": place["row_version"], "currency": "CNY", "time_zone": "Asia/Shanghai"},
    )

    preview = said(owner, "preview")
    saved = said(owner, "use")

    assert (placed.status_code, preview.status_code, saved.status_code) == (302, 200, 302)
    told = plain(preview.text)
    assert "Rows 3" in told and "Total 25.50 CNY" in told
    assert "First 2024-01-01 07:59 Last 2024-01-02 08:00" in told
    provider = facts_of("till")["sales"]
    rows = rows_of(provider)
    assert [(str(each["time"]), each["amount"]) for each in sorted(rows, key=lambda each: each["key"])] == [
        ("2024-01-01 07:59:59", Decimal("10.50")),
        ("2024-01-01 08:00:00", Decimal("20.00")),
        ("2024-01-02 08:00:00", Decimal("-5.00")),
    ]
    assert {each["customer"] for each in rows} == {"1", "2", "9"}
    assert (provider.currency, provider.time_zone, provider.screens) == (
        "CNY",
        "Asia/Shanghai",
        ("till:sale",),
    )


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("column.amount", "total *", "ends too early"),
        ("column.amount", "gone", "There is no column gone"),
        ("column.amount", "parent.total", "no parent row"),
        ("column.time", "", "Please fill this in"),
        ("filter", "state", "A condition is needed"),
        ("filter", "1; DROP TABLE sale", "Not understood"),
        ("refund_filter", "", "by which condition"),
        ("unit", "", "yuan or in fen"),
        ("epoch", "", "say below whether"),
        ("table", "no_such", "choose one of the list"),
        ("parent", "member", "Columns of both tables"),
    ],
)
def test_what_can_t_be_read_is_told_beside_its_input_and_everything_typed_stays(
    owner: FlaskClient, new_database: Callable[[str], str], name: str, typed: str, told: str
) -> None:
    till(new_database, "sqlite")
    before = _versions()

    answer = said(owner, "use", **{name: typed})

    assert answer.status_code == 422
    assert told in plain(answer.text)
    form = form_of(answer.text)
    assert (form.get("column.customer"), form.get("column.key")) == ("member_id", "id")
    assert form.get(name, "") == typed
    assert _versions() == before


@pytest.mark.postgresql
def test_what_only_the_database_refuses_is_told_beside_its_input(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "postgresql")

    answer = said(owner, "use", **{"column.amount": "state * 2"})

    assert answer.status_code == 422
    assert "a text stands where a number is needed" in plain(answer.text)
    assert "invalid input" not in answer.text, "never the words of the driver"


@pytest.mark.parametrize("name", ["column.customer", "column.key", "filter", "refund_filter"])
def test_a_password_is_neither_shown_nor_computed_with_nor_found_out_by_a_condition(
    owner: FlaskClient, new_database: Callable[[str], str], name: str
) -> None:
    till(new_database, "sqlite")
    hostile = {"filter": "password > 'a'", "refund_filter": "parent.password = 'sesame'"}
    typed = hostile.get(name, "password")
    parent = {"parent": "member", "on": "member_id = id"} if name == "refund_filter" else {}
    table = {} if name == "refund_filter" else {"table": "member", "column.time": "id", "column.amount": "id"}

    answers = [said(owner, act, **{**table, **parent, name: typed}) for act in ("preview", "use")]

    for answer in answers:
        assert answer.status_code == 422
        assert "is hidden from everybody" in plain(answer.text)
    assert "sesame'" not in answers[0].text.replace(typed, "").replace("&#39;", "'").replace(typed, "")


def test_a_column_hidden_later_stops_the_fact_in_words_and_not_silently(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    assert said(owner, "use").status_code == 302
    with transaction():
        column = db.session.scalars(select(AdoptedColumn).where(AdoptedColumn.name == "total")).one()
        column.is_shown = False

    with pytest.raises(Exception, match="total") as caught:
        facts_of("till")["sales"].select()

    assert getattr(caught.value, "code", "") == "role-unreadable"
    assert owner.get(f"{ADDRESS}?preview=1").status_code == 200


def test_a_column_that_the_other_program_drops_is_told_and_never_an_error_page(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    address = till(new_database, "sqlite")
    assert said(owner, "use").status_code == 302
    engine = create_engine(make_url(address))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE sale DROP COLUMN kind"))
    engine.dispose()

    first, second = owner.get(f"{ADDRESS}?preview=1"), owner.get(f"{ADDRESS}?preview=1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert "There is no column kind" in plain(second.text)


def test_yes_no_and_not_there_are_on_record_and_can_be_taken_back(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    assert said(owner, "use").status_code == 302
    assert "sales" in facts_of("till")

    def answered(answer: str) -> int:
        form = form_of(owner.get(ADDRESS).text)
        posted = owner.post(f"{ADDRESS}/answer", data={"answer": answer, "row_version": form["row_version"]})
        return posted.status_code

    assert answered("no") == 302
    assert "sales" not in facts_of("till")
    assert answered("yes") == 302
    assert "sales" in facts_of("till")
    assert answered("none") == 302
    assert "sales" not in facts_of("till")

    row = db.session.scalars(select(AdoptedRole).where(AdoptedRole.role == Role.SALES)).one()
    entry = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.subject == "adoption_role", JournalEntry.record == encode_token([row.id]))
        .order_by(JournalEntry.id.desc())
    ).first()
    assert entry is not None
    undone = owner.post(f"/journal/entry/{encode_token([entry.id])}/undo")
    assert undone.status_code == 302
    assert rows_of(facts_of("till")["sales"])
    assert owner.get(f"/adoption/role/{encode_token([row.id])}/history").status_code == 200
    assert owner.get(f"/adoption/role/{encode_token([row.id])}/edit").location.endswith(ADDRESS)


def test_a_stale_form_is_refused_with_what_was_typed(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    assert said(owner, "use").status_code == 302

    stale = owner.post(ADDRESS, data={**SALES, "filter": "kind = 1", "row_version": "0", "act": "use"})
    strange = owner.post(f"{ADDRESS}/answer", data={"answer": "no", "row_version": "9999999999999"})

    assert stale.status_code == 409
    assert form_of(stale.text)["filter"] == "kind = 1"
    assert strange.status_code == 409


@pytest.mark.parametrize(
    "address", ["/adoption/roles/nowhere/sales", "/adoption/roles/till/kings", "/adoption/role/x/edit"]
)
def test_invented_addresses_are_not_there(
    owner: FlaskClient, new_database: Callable[[str], str], address: str
) -> None:
    till(new_database, "sqlite")

    assert owner.get(address).status_code == 404


def test_a_clerk_opens_none_of_it(
    app: Flask, owner: FlaskClient, sign_in: Any, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    clerk = sign_in(FreshClient(app), "Clerk")

    assert [clerk.get(page).status_code for page in ("/adoption/roles/", ADDRESS)] == [403, 403]
    assert clerk.post(ADDRESS, data=SALES).status_code == 403


def test_a_table_hidden_from_everybody_is_not_read(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    assert said(owner, "use").status_code == 302
    with transaction():
        db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "sale")).one().is_shown = False

    with pytest.raises(Exception, match="sale"):
        facts_of("till")["sales"].select()

    assert owner.get("/adoption/roles/").status_code == 200


def test_an_unknown_time_zone_or_currency_is_refused_beside_its_input(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    till(new_database, "sqlite")
    form = form_of(owner.get("/adoption/roles/").text)

    answer = owner.post(
        "/adoption/roles/till/place",
        data={"row_version": form["row_version"], "currency": "ZZZ", "time_zone": "Moon/Crater"},
    )

    assert answer.status_code == 422
    assert plain(answer.text).count("choose one of the list") == 2
    db.session.rollback()
    assert db.session.scalars(select(AdoptedSource.time_zone)).one() == ""
