"""The wizard's pages: the way from file to result, and who may not go it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.access import roles
from app.access.version import bump_version
from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.importing.models import Import, ImportState
from app.panel.importing.planning import Planner
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.panel.importing.tables import csv_bytes, workbook
from tests.support.whole_house import sign_in_as

LIST = "/people/customer/"
STEPS = ("columns", "write", "undo", "discard", "corrections", "layout", "stop", "go-on")
MESSY = [
    ["客户资料", "", ""],
    ["姓名", "手机", "生日"],
    ["王芳", "15400000001", "1990-01-02"],
    ["李雷", "1.54E+10", "1990-01-02"],
    ["合计", "", ""],
]


@pytest.fixture
def owner(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app.test_client(), "Owner")


def upload(client: FlaskClient, content: bytes, name: str = "客户.csv") -> Any:
    return client.post(
        f"{LIST}import", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def state_of(url: str) -> Import:
    db.session.rollback()
    return db.session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()


def columns_form(page: str) -> dict[str, str]:
    """Return the columns' form as the page proposes it."""
    selects = re.findall(r'<select[^>]*name="((?:use|dates)\.\d+|key)"[^>]*>(.*?)</select>', page, re.DOTALL)
    chosen = {name: re.search(r'value="([^"]*)" selected', options) for name, options in selects}
    return {name: match[1] if match else "" for name, match in chosen.items()}


def to_check(client: FlaskClient, rows: list[list[str]]) -> str:
    """Upload a table, take the columns as proposed, have it checked, and return the import's address."""
    url = upload(client, csv_bytes(rows, "gb18030")).headers["Location"]
    form = columns_form(client.get(url).text)
    assert client.post(f"{url}/columns", data=form).status_code == 302
    return url


def test_from_the_list_to_the_result(owner: FlaskClient) -> None:
    assert f'href="{LIST}import"' in owner.get(LIST).text

    url = to_check(owner, MESSY)
    page = owner.get(url).text
    corrected = owner.post(f"{url}/corrections", data={"c.4.1": "15400000002"})
    again = state_of(url)
    counts = (again.state, again.inserted, again.refused, again.totals)
    written = owner.post(f"{url}/write", data={"mode": "all"})
    done = owner.get(url).text

    assert "its last digits are lost" in page and "line of totals" in page
    assert corrected.status_code == written.status_code == 302
    assert counts == (ImportState.CHECKED, 2, 1, 1)
    assert "The import is finished." in done
    item = state_of(url)
    assert set(db.session.scalars(select(Customer.phone))) == {"15400000001", "15400000002"}
    assert item.created_by == db.session.scalar(select(Customer.created_by).limit(1))


def test_a_table_can_be_pasted(owner: FlaskClient) -> None:
    answer = owner.post(f"{LIST}import", data={"pasted": "姓名\t手机\n王芳\t15400000001"})

    page = owner.get(answer.headers["Location"]).text

    assert columns_form(page)["use.1"] == "phone"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n123", "no table"),
        (b"PK\x03\x04x", "damaged"),
        (b"a,b\n", "no rows below"),
    ],
)
def test_what_is_no_table_comes_back_with_the_reason(owner: FlaskClient, content: bytes, words: str) -> None:
    answer = upload(owner, content)

    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(Import)) == 0


def test_nothing_chosen_and_pasted_text_that_is_no_table_are_answered(owner: FlaskClient) -> None:
    empty = owner.post(f"{LIST}import", data={})
    kept = owner.post(f"{LIST}import", data={"pasted": "姓名,手机\n"})

    assert (empty.status_code, kept.status_code) == (422, 422)
    assert "姓名,手机" in kept.text


def test_a_file_larger_than_an_attachment_may_be_imported_and_one_beyond_the_limit_not(
    owner: FlaskClient, app: Flask, client: FlaskClient
) -> None:
    rows = [["姓名", "备注"], *(["王芳", "x" * 4_000] for _row in range(3_000))]
    large = csv_bytes(rows)
    assert len(large) > app.config["MAX_CONTENT_LENGTH"]

    accepted = upload(owner, large)
    stranger = upload(client, large)
    limit = app.config["KEBU_SETTINGS"].import_limit_mb * 1024 * 1024
    beyond = owner.post(
        f"{LIST}import",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(limit * 2)},
    )

    assert accepted.status_code == 302
    assert stranger.status_code == 413
    assert beyond.status_code == 413


def test_the_way_of_reading_can_be_changed(owner: FlaskClient) -> None:
    url = upload(owner, "姓名;手机\n王芳;15400000001\n".encode("gb18030")).headers["Location"]

    changed = owner.post(f"{url}/layout", data={"delimiter": ",", "encoding": "gb18030", "header_row": "0"})
    wrong = owner.post(f"{url}/layout", data={"encoding": "utf-8", "header_row": "1"})
    page = owner.get(changed.headers["Location"]).text

    assert changed.status_code == wrong.status_code == 302
    assert "not written in UTF-8" in page
    assert state_of(url).headers == ("Column A",)


def test_columns_that_do_not_fit_are_told_and_kept_as_chosen(owner: FlaskClient) -> None:
    url = upload(owner, csv_bytes(MESSY)).headers["Location"]

    answer = owner.post(f"{url}/columns", data={"use.0": "name", "use.1": "name", "key": "phone"})

    assert answer.status_code == 422
    assert "Two columns are meant to fill" in answer.text
    assert "No column holds that by which" in answer.text


def test_the_refused_rows_come_back_as_a_file_of_the_same_shape(owner: FlaskClient) -> None:
    rows = [*MESSY[:4], ["=cmd", "oops", ""]]
    url = to_check(owner, rows)

    text = owner.get(f"{url}/refused.csv").text
    book = load_workbook(io.BytesIO(owner.get(f"{url}/refused.xlsx").data))

    assert text.startswith("\ufeff姓名,手机,生日,Row in the file,Why it was refused")
    assert "李雷,1.54E+10,1990-01-02,4," in text and "'=cmd,oops" in text
    assert [cell.value for cell in book.active[2]][:4] == ["李雷", "1.54E+10", "1990-01-02", "4"]
    mended = text.replace("1.54E+10", "15400000002").replace("oops", "15400000003").encode()
    again = upload(owner, mended).headers["Location"]
    owner.post(f"{again}/columns", data=columns_form(owner.get(again).text))
    assert (state_of(again).inserted, state_of(again).refused) == (2, 0)


def test_what_was_chosen_is_chosen_for_the_next_file_of_that_shape(owner: FlaskClient) -> None:
    rows = [["甲", "乙"], ["王芳", "hello"]]
    url = upload(owner, csv_bytes(rows)).headers["Location"]
    owner.post(f"{url}/columns", data={"use.0": "name", "use.1": "notes", "key": ""})

    page = owner.get(upload(owner, csv_bytes(rows)).headers["Location"]).text

    assert "as the last time" in page
    assert columns_form(page) | {"key": ""} == {"use.0": "name", "use.1": "notes", "key": ""}


def test_an_import_is_forgotten_with_its_file_on_request(owner: FlaskClient, app: Flask) -> None:
    folder = app.extensions["kebu"].home / "imports"
    before = set(folder.glob("*.db"))
    url = to_check(owner, MESSY)
    made = set(folder.glob("*.db")) - before

    answer = owner.post(f"{url}/discard")

    assert answer.headers["Location"].endswith("/people/customer/import")
    assert owner.get(url).status_code == 404
    assert len(made) == 1 and set(folder.glob("*.db")) == before


def test_what_an_import_is_not_ready_for_is_refused(owner: FlaskClient) -> None:
    url = upload(owner, csv_bytes(MESSY)).headers["Location"]

    early = [owner.post(f"{url}/{step}").status_code for step in ("write", "stop", "go-on", "undo")]
    url = to_check(owner, MESSY)
    whole = owner.post(f"{url}/write", data={"mode": "all"}).status_code
    owner.post(f"{url}/write")
    twice = owner.post(f"{url}/write").status_code

    assert early == [409, 409, 409, 409]
    assert (whole, twice) == (409, 409)
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_an_import_is_taken_back_as_one(owner: FlaskClient) -> None:
    url = to_check(owner, MESSY)
    owner.post(f"{url}/write")
    imported = db.session.scalar(select(func.count()).where(Customer.deleted_at.is_(None)))
    page = owner.get(url).text

    answer = owner.post(f"{url}/undo")

    db.session.rollback()
    assert imported == 1
    assert "Undo the import" in page
    assert answer.status_code == 302
    assert state_of(url).state is ImportState.UNDONE
    assert db.session.scalar(select(func.count()).where(Customer.deleted_at.is_(None))) == 0


def test_a_large_file_is_handed_to_a_worker(owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def enqueue(kind: str, arguments: Any, key: str) -> None:
        asked.append((kind, arguments["step"], key.startswith(arguments["import"])))

    monkeypatch.setattr(kernel(), "enqueue", enqueue)
    rows = [["姓名", "备注"], *(["王芳", "x" * 1_000] for _row in range(300))]

    url = to_check(owner, rows)
    page = owner.get(url).text
    state = owner.get(f"{url}/state").json
    stopped = owner.post(f"{url}/stop")

    assert asked == [("panel:import", "check", True)]
    assert "data-progress" in page
    assert state["state"] == "checking" and state["done"] == 0
    assert stopped.status_code == 302 and state_of(url).stop_wanted


def test_a_workbook_damaged_far_below_is_told_when_it_is_checked(owner: FlaskClient, tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["姓名"], *([f"顾客{at}"] for at in range(3_000))])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet[: len(sheet) * 4 // 5]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    url = upload(owner, path.read_bytes(), "t.xlsx").headers["Location"]
    owner.post(f"{url}/columns", data={"use.0": "name", "key": ""})
    page = owner.get(url).text

    assert state_of(url).state is ImportState.FAILED
    assert "damaged" in page and "Back to the columns" in page


def test_a_failure_of_ours_leaves_an_import_that_can_be_gone_on_with(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = upload(owner, csv_bytes(MESSY)).headers["Location"]
    form = columns_form(owner.get(url).text)

    def fail(*_arguments: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(Planner, "plan", fail)
        failed = owner.post(f"{url}/columns", data=form)
    stopped = state_of(url).state
    owner.post(f"{url}/go-on")

    assert failed.status_code == 500
    assert stopped is ImportState.STOPPED
    assert state_of(url).state is ImportState.CHECKED


# --- Who may not --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Clerk", "Groomer"])
def test_without_the_right_there_is_no_import(app: Flask, owner: FlaskClient, role: str) -> None:
    url = to_check(owner, MESSY)
    clerk = sign_in_as(app.test_client(), role)

    answers = [clerk.get(f"{url}{rest}") for rest in ("", "/refused.csv")] + [clerk.get(f"{LIST}import")]
    answers += [clerk.post(f"{url}/{step}") for step in STEPS] + [upload(clerk, b"a,b\n1,2\n")]

    assert {answer.status_code for answer in answers} == {403}
    assert f'href="{LIST}import"' not in clerk.get(LIST).text


def test_an_import_is_its_persons_alone(app: Flask, owner: FlaskClient) -> None:
    url = to_check(owner, MESSY)
    manager = sign_in_as(app.test_client(), "Manager")

    answers = [
        manager.get(f"{url}{rest}") for rest in ("", "/columns", "/state", "/refused.csv", "/refused.xlsx")
    ]
    answers += [manager.post(f"{url}/{step}") for step in STEPS]

    assert manager.get(f"{LIST}import").status_code == 200
    assert {answer.status_code for answer in answers} == {404}


def test_an_import_of_one_kind_is_not_reached_through_another(owner: FlaskClient) -> None:
    url = to_check(owner, MESSY)

    assert owner.get(url.replace("customer", "tag")).status_code == 404
    assert owner.get(url.replace("people/customer", "access/person")).status_code == 404


def test_a_right_lost_on_the_way_ends_the_way(app: Flask) -> None:
    manager = sign_in_as(app.test_client(), "Manager")
    url = to_check(manager, MESSY)

    take_from("Manager", "people:customer:import")

    assert manager.post(f"{url}/write").status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_whoever_may_import_but_not_add_changes_only(app: Flask) -> None:
    make_customer(name="王小芳", phone="15400000001")
    manager = sign_in_as(app.test_client(), "Manager")
    take_from("Manager", "people:customer:add")

    url = to_check(manager, [*MESSY[:3], ["新", "15400000009", ""]])
    manager.post(f"{url}/write")

    assert list(db.session.scalars(select(Customer.name))) == ["王芳"]


def take_from(role: str, permission: str) -> None:
    """Take a right from a role, as the roles page does."""
    number = db.session.scalar(select(Role.id).where(Role.name == role))
    with transaction():
        bump_version()
        roles._take(number, [permission])
    db.session.remove()


def test_a_hostile_name_and_hostile_cells_harm_no_page(owner: FlaskClient) -> None:
    evil = "<script>alert(1)</script>"
    answer = upload(owner, csv_bytes([["姓名", evil], [evil, evil], ["", evil]]), f"{evil}.csv")
    url = answer.headers["Location"]
    page = owner.get(url).text
    owner.post(f"{url}/columns", data={"use.0": "name", "use.1": "phone", "key": ""})

    assert evil not in page
    assert evil not in owner.get(url).text


@pytest.mark.parametrize(
    "data",
    [{"c.99999999.1": "x"}, {"c.3.9999": "x"}, {"c.-1.0": "x"}, {"c.a.b": "x"}, {"c.3.1": "\x00"}, {}],
)
def test_hostile_corrections_are_borne(owner: FlaskClient, data: Any) -> None:
    url = to_check(owner, MESSY)

    assert owner.post(f"{url}/corrections", data=data).status_code == 302
    assert owner.get(f"{url}?after=99999999999999999999").status_code == 200


# --- Export -------------------------------------------------------------------------------------------


def test_the_export_page_keeps_the_lists_filters(owner: FlaskClient) -> None:
    make_customer(name="王芳", phone="15400000001", source="referral")
    make_customer(name="李雷", phone="15400000002")

    page = owner.get(f"{LIST}export?f.source=referral&sort=name").text
    text = owner.get(f"{LIST}export.csv?f.source=referral&which=shown&form=person").text
    machine = owner.get(f"{LIST}export.json?form=machine").json
    book = owner.get(f"{LIST}export.xlsx?which=shown").data

    assert 'name="f.source" value="referral"' in page and "1 record" in page
    assert text.splitlines()[0] == "\ufeffFull name,Phone,Tags,Branch,Found us by,Customer since"
    assert "王芳" in text and "李雷" not in text
    assert {row["name"] for row in machine} == {"王芳", "李雷"} and machine[0]["id"].startswith("u")
    assert load_workbook(io.BytesIO(book)).active["A1"].value == "Full name"
    assert owner.get(f"{LIST}export.exe").status_code == 404


def test_without_the_right_nothing_is_exported(app: Flask) -> None:
    clerk = sign_in_as(app.test_client(), "Clerk")

    answers = [clerk.get(f"{LIST}export{rest}").status_code for rest in ("", ".csv", ".xlsx", ".json")]

    assert answers == [403, 403, 403, 403]
