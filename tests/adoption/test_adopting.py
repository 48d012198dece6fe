"""Adopting: minutes after an address was named, the tables of a stranger's database are screens like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine import make_url

from app.adoption.connecting import adopted_engine, parse
from app.adoption.declaring import OwnDatabase, Wish, address_of, declare, lock_address
from app.adoption.models import AdoptedColumn, AdoptedSource
from app.adoption.proposing.results import DatabaseProposal, Proposed
from app.adoption.sketches import DatabaseSketch
from app.core.database import db
from app.core.keys import encode_token
from app.core.outside import engine_of, open_outside
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from app.journal.models import JournalEntry, Verb
from tests.adoption.adopting import adopted, let_go
from tests.support.databases import BACKENDS
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

NOTHING = DatabaseProposal((), (), Proposed(""), Proposed(""))


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


@pytest.fixture
def owner(shop_app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(shop_app))
    return client


def test_chinook_is_listed_shown_edited_and_on_record(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    address = real_database("chinook", "sqlite")
    code = adopted(address, name="chinook")
    assert code == "chinook"

    page = owner.get("/chinook/customer/?q=Gonç")
    token = encode_token([1])
    assert page.status_code == 200
    assert "Gonçalves" in page.text
    record = owner.get(f"/chinook/customer/{token}")
    assert record.status_code == 200, record.text[-600:]
    data = form_of(owner.get(f"/chinook/customer/{token}/edit").text)
    answer = owner.post(f"/chinook/customer/{token}/edit", data={**data.to_dict(), "City": "上海"})
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)[:3000]

    with create_engine(make_url(address)).connect() as connection:
        assert connection.execute(text("SELECT City FROM Customer WHERE CustomerId = 1")).scalar() == "上海"
    db.session.rollback()
    entry = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.subject == "chinook:customer")
        .order_by(JournalEntry.id.desc())
    ).first()
    assert entry is not None
    assert entry.record == token


def test_mall_without_a_single_foreign_key_shows_members_by_name_and_states_in_words(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    assert adopted(real_database("mall", "mariadb"), name="mall") == "mall"

    page = re.sub(r"<[^>]+>|\s+", " ", owner.get("/mall/oms_order/").text)

    found = page[page.index("202305110100000008") - 60 :][:200]
    assert re.search(
        r"member\W+手机分类专用券\W+202305110100000008\W+11 May 2023 15:37\W+已完成\W+已确认", page
    ), found
    assert re.search(r"\b65\b", page), "all of them are counted"


def test_a_password_is_nowhere_to_be_read(owner: FlaskClient, tmp_path: Any) -> None:
    db.session.rollback()
    url = make_url("postgresql+psycopg://shop:sesame-open@192.0.2.1/till")
    with everything_granted():
        declare(Wish(url, "till"), DatabaseSketch("x", "postgresql", "15", ()), NOTHING)

    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM adoption_source")).all()

    (entry,) = db.session.scalars(select(JournalEntry).where(JournalEntry.subject == "adoption_source"))

    assert len(rows) == 1
    assert "sesame" not in repr(rows)
    assert "sesame" not in str(entry.after)
    assert "sesame" in address_of(db.session.scalars(select(AdoptedSource)).one())


def test_the_pages_of_a_database_that_is_away_say_so_until_it_is_back_and_everything_else_works(
    owner: FlaskClient,
    shop_app: Flask,
    sign_in: Any,
    real_database: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adopted(real_database("chinook", "sqlite"), name="away")
    assert owner.get("/away/customer/").status_code == 200
    clerk = sign_in(FreshClient(shop_app), "Clerk")
    let_go()
    with transaction():
        source = db.session.scalars(select(AdoptedSource)).one()
        there = source.locked_address
        source.locked_address = lock_address(source, make_url("sqlite:////nowhere/at/all.db"))

    told = [owner.get(page) for page in ("/away/customer/", "/away/anything/", "/away/customer/add")]
    assert [(each.status_code, "“away” does not answer" in each.text) for each in told] == [(503, True)] * 3
    answer = owner.get("/api/v1/away/customer")
    assert (answer.status_code, answer.json["code"]) == (503, "database-away")
    assert clerk.get("/away/customer/").status_code == 404
    assert "Does not answer" in owner.get("/").text
    assert "Does not answer" not in clerk.get("/").text
    assert owner.get("/people/customer/").status_code == 200
    with transaction():
        db.session.scalars(select(AdoptedSource)).one().locked_address = there
    assert owner.get("/away/customer/").status_code == 200


def test_what_is_said_of_a_column_shows_at_the_next_click_and_is_on_record(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="words")
    assert owner.get("/words/customer/").status_code == 200
    with transaction():
        column = db.session.scalars(select(AdoptedColumn).where(AdoptedColumn.name == "LastName")).first()
        assert column is not None
        column.label_en = "Called at home"

    assert "Called at home" in owner.get("/words/customer/").text
    db.session.rollback()
    kept = select(JournalEntry).where(
        JournalEntry.subject == "adoption_column", JournalEntry.verb == Verb.CHANGED
    )
    assert db.session.scalars(kept).one().after == '{"label_en":"Called at home"}'


def test_a_clerk_sees_nothing_of_it_until_somebody_grants_it(
    owner: FlaskClient, shop_app: Flask, sign_in: Any, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="closed")
    clerk = sign_in(FreshClient(shop_app), "Clerk")

    assert owner.get("/closed/customer/").status_code == 200
    for page in ("/closed/customer/", "/closed/customer/export.csv", "/api/v1/closed/customer"):
        assert clerk.get(page).status_code == 403
    assert "/closed/" not in clerk.get("/").text


def test_a_server_that_stops_answering_is_told_on_its_own_pages_and_stops_no_other(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="till")
    assert owner.get("/till/customer/").status_code == 200
    # Nothing listens on the first port.
    open_outside("till", adopted_engine(parse("postgresql://nobody@127.0.0.1:1/till")))

    told = owner.get("/till/customer/")

    assert told.status_code == 503
    assert "can&#39;t be reached" in told.text
    assert [owner.get(page).status_code for page in ("/", "/people/customer/", "/search?q=a")] == [200] * 3
    assert owner.post("/palette", data={"q": "a"}).status_code == 200


def test_a_change_that_breaks_at_the_very_end_is_told_as_not_known_and_stands_in_the_journal(
    owner: FlaskClient, shop_app: Flask, real_database: Callable[[str, str], str]
) -> None:
    address = real_database("chinook", "postgresql")
    adopted(address, name="breaks")
    token = encode_token([1])
    form = form_of(owner.get(f"/breaks/artist/{token}/edit").text)

    def cut_off(connection: Any) -> None:
        with create_engine(make_url(address), isolation_level="AUTOCOMMIT").connect() as other:
            number = connection.connection.driver_connection.info.backend_pid
            other.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})

    event.listen(engine_of("breaks"), "commit", cut_off)
    changed = owner.post(f"/breaks/artist/{token}/edit", data={**form.to_dict(), "name": "Somebody else"})

    assert changed.status_code == 503
    assert "Look whether the change is there" in changed.text
    with create_engine(make_url(address)).connect() as connection:
        stored = connection.execute(text("SELECT name FROM artist WHERE artist_id = 1")).scalar()
    db.session.rollback()
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.subject == "breaks:artist")).one()
    assert stored == form["name"]
    assert "Somebody else" in str(entry.after), (
        "an entry without its change, never a change without its entry"
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_column_that_goes_is_noticed_told_once_and_left_out_from_then_on(
    owner: FlaskClient, new_database: Callable[[str], str], backend: str
) -> None:
    engine = create_engine(make_url(new_database(backend)))
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE member (id INTEGER PRIMARY KEY, name VARCHAR(20), mood VARCHAR(20))")
        )
        connection.execute(text("INSERT INTO member VALUES (1, 'Anna', 'merry')"))
    adopted(engine.url.render_as_string(hide_password=False), name="drift")
    token = encode_token([1])
    assert "merry" in owner.get("/drift/member/").text
    form = form_of(owner.get(f"/drift/member/{token}/edit").text)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE member DROP COLUMN mood"))
        connection.execute(text("ALTER TABLE member ADD COLUMN luck VARCHAR(20)"))

    first = owner.post(f"/drift/member/{token}/edit", data={**form.to_dict(), "name": "Berta"})
    second = owner.get("/drift/member/")
    saved = owner.post(
        f"/drift/member/{token}/edit",
        data={**form_of(owner.get(f"/drift/member/{token}/edit").text).to_dict(), "name": "Berta"},
    )

    assert first.status_code == 503
    assert "has just been changed" in first.text
    assert second.status_code == 200
    assert "merry" not in second.text
    assert saved.status_code == 302
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM member")).scalar() == "Berta"
    engine.dispose()
    # What was said of the column is kept.
    db.session.rollback()
    assert db.session.scalars(select(AdoptedColumn.name).where(AdoptedColumn.name == "mood")).all() == [
        "mood"
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_beginning_is_found_whatever_order_the_other_database_has_for_texts(
    owner: FlaskClient, new_database: Callable[[str], str], backend: str
) -> None:
    engine = create_engine(make_url(new_database(backend)))
    names = ("zebra", "zoo", "Ärger", "王小红", "王", "100%", "100 yuan", "a_b", "axb", "!bang")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE member (id INTEGER PRIMARY KEY, name VARCHAR(20))"))
        for number, name in enumerate(names):
            connection.execute(text("INSERT INTO member VALUES (:id, :name)"), {"id": number, "name": name})
    engine.dispose()
    adopted(engine.url.render_as_string(hide_password=False), name="texts")

    def found(typed: str) -> tuple[set[str], set[str]]:
        listed = owner.get("/api/v1/texts/member", query_string={"q": typed}).json
        picked = owner.get("/texts/member/pick", query_string={"q": typed}).json
        assert listed is not None
        assert picked is not None
        return {each["name"] for each in listed["data"]}, {each["title"] for each in picked["items"]}

    for typed, wanted in {
        "z": {"zebra", "zoo"},
        "王": {"王小红", "王"},
        "100%": {"100%"},
        "a_": {"a_b"},
        "!": {"!bang"},
    }.items():
        assert found(typed) == (wanted, wanted), typed


def test_kebu_s_own_database_is_not_adopted(app_on: Flask) -> None:
    own = parse(db.engine.url.render_as_string(hide_password=False))

    with everything_granted(), pytest.raises(OwnDatabase):
        declare(Wish(own, "mine"), DatabaseSketch("x", own.get_backend_name(), "1", ()), NOTHING)

    assert db.session.scalars(select(AdoptedSource)).all() == []


@pytest.mark.parametrize("name", ["people", "api", "journal", "login", "own", "search"])
def test_a_database_is_never_called_like_a_page_or_a_slice(
    owner: FlaskClient, real_database: Callable[[str, str], str], name: str
) -> None:
    before = owner.get(f"/{name}").status_code

    code = adopted(real_database("chinook", "sqlite"), name=name)

    assert code == f"{name}_2"
    assert owner.get(f"/{code}/customer/").status_code == 200
    assert owner.get(f"/{name}").status_code == before
