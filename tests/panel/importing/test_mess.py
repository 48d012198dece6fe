"""A file with everything that goes wrong in one: each of its lines becomes a record or comes back with its reason."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import db
from app.people.models import Customer
from tests.panel.importing.test_wizard import columns_form, state_of, upload
from tests.support.jobs import run_jobs

COLUMNS = 300
LONG = "长" * 3_500_000
HEAD = ["姓名", "手机", "生日", "备注", *(f"旧系统{number}" for number in range(COLUMNS - 4))]
LINES = {
    "王芳": ["15400000001", "1990-01-02", "iso"],
    "李雷": ["15400000002", "1990年1月3日", "chinese"],
    "Ann": ["15400000003", "1/25/1990", "american"],
    "赵六": ["1.54E+10", "1990-01-05", "the phone is lost"],
    "孙七": ["15400000005", "1990-01-06", LONG],
    "周八": ["15400000006", "31/31/1990", "no such day"],
}


def line(cells: list[str], encoding: str) -> bytes:
    """Return one line of the file."""
    out = io.StringIO()
    csv.writer(out).writerow([*cells, *[""] * (COLUMNS - len(cells))])
    return out.getvalue().encode(encoding)


def mess() -> bytes:
    """Return the file: a merged title, blank lines, two encodings, a line of totals and one cell of 10 MB."""
    lines = [line(["客户资料 2026"], "utf-8"), line([], "utf-8"), line(HEAD, "utf-8")]
    for number, (name, cells) in enumerate(LINES.items()):
        lines.append(line([name, *cells], "gb18030" if number % 2 else "utf-8"))
        lines.append(b"\r\n")
    return b"".join([*lines, line(["合计"], "utf-8")])


def test_everything_that_goes_wrong_in_one_file_loses_no_line(app_on: Flask, sign_in: object) -> None:
    owner: FlaskClient = sign_in(app_on.test_client(), "Owner")  # type: ignore[operator]
    url = upload(owner, mess()).headers["Location"]
    form = columns_form(owner.get(url).text)

    owner.post(f"{url}/columns", data=form)
    run_jobs(app_on)
    page = owner.get(url)
    owner.post(f"{url}/write", data={"mode": "accepted"})
    run_jobs(app_on)
    done = state_of(url)
    counts = (done.inserted, done.refused, done.totals)
    refused = owner.get(f"{url}/refused.csv")
    found = db.session.execute(select(Customer.name, Customer.birth_date))
    stored = {name: day for name, day in found}  # noqa: C416 - rows, not pairs

    assert page.status_code == 200
    assert counts == (3, 4, 1)
    assert {name: str(day) for name, day in stored.items()} == {
        "王芳": "1990-01-02", "李雷": "1990-01-03", "Ann": "1990-01-25",
    }  # fmt: skip
    assert refused.status_code == 200
    text = refused.data.decode("utf-8-sig")
    for name in ("赵六", "孙七", "周八"):
        assert all(cell in text for cell in (name, *LINES[name])), name


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n\r\n", b" , , \r\n , , "])
def test_a_file_with_nothing_in_it_is_answered_in_words(
    app_on: Flask, sign_in: object, content: bytes
) -> None:
    owner: FlaskClient = sign_in(app_on.test_client(), "Owner")  # type: ignore[operator]

    answer = upload(owner, content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
