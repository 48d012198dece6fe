"""The answer of a report in each format of the verb."""

from __future__ import annotations

import csv
import datetime
import io
import json
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale
from openpyxl import load_workbook

from app.core.database import db
from app.core.errors import NotFound
from app.core.permissions import everything_granted
from app.insight.files import report_file
from app.insight.frames import Span
from app.insight.reports import Result, Wish, run_report
from tests.insight.till import BOOK, Till, line


@pytest.fixture
def answer(app: Flask, till: Till) -> Result:
    """Revenue of two quarters, one of them asked for by branch."""
    till.put(
        db.engine,
        till.sales,
        [
            line(datetime.datetime(2024, 1, 5), "1234.50", sale="s", customer="a", branch="north"),
            line(datetime.datetime(2024, 4, 5), "0.5", sale="t", customer="a", branch="north"),
            line(datetime.datetime(2024, 4, 5), "99", branch="south"),
        ],
    )
    span = Span(datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
    with everything_granted():
        return run_report("revenue", Wish(BOOK, span, "north", {"by": "quarter"}))


def written(answer: Result, kind: str) -> bytes:
    """Return the whole file."""
    with force_locale("en"), report_file(answer, kind) as file:
        return file.read()


def test_json_has_decimal_texts_and_says_what_was_asked(answer: Result) -> None:
    assert json.loads(written(answer, "json")) == {
        "name": "revenue",
        "source": "till",
        "currency": "CNY",
        "period": {"from": "2024-01-01", "to": "2024-12-31"},
        "filter": {"branch": "north", "by": "quarter"},
        "rows": [
            {"period": "2024-Q1", "amount": "1234.50", "sales": 1, "customers": 1},
            {"period": "2024-Q2", "amount": "0.50", "sales": 1, "customers": 1},
        ],
        "totals": {"amount": "1235.00", "sales": 2, "customers": 1},
    }


def test_csv_has_exact_numbers_and_the_totals_last(answer: Result) -> None:
    lines = list(csv.reader(io.StringIO(written(answer, "csv").decode("utf-8-sig"))))

    assert lines[1] == ["2024-Q1", "1234.50", "1", "1"]
    assert lines[-1][1:] == ["1235.00", "2", "1"]


def test_xlsx_has_real_numbers(answer: Result) -> None:
    sheet = load_workbook(io.BytesIO(written(answer, "xlsx"))).active

    assert [cell.value for cell in sheet[2]] == ["2024-Q1", 1234.5, 1, 1]


def test_html_stands_by_itself(answer: Result) -> None:
    page = written(answer, "html").decode()

    assert page.lstrip().startswith("<!doctype html>")
    assert "CN¥1,234.50" in page and "<svg" in page and "2024 Q2" in page
    assert "http" not in page and "<script" not in page


def test_other_formats_are_not_there(answer: Result) -> None:
    with pytest.raises(NotFound):
        written(answer, "exe")


def test_amounts_in_files_are_decimals_to_the_last_digit(answer: Result) -> None:
    assert all(type(row["amount"]) is Decimal for row in answer.rows)
