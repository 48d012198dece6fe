"""Reading files as shops have them: encodings, delimiters, workbooks, and files that are no tables at all."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from app.panel.importing.encodings import MIXED, find_encoding
from app.panel.importing.errors import Unreadable
from app.panel.importing.reading import Layout, changed, recognise, rows_of
from app.panel.importing.spreadsheets import number_text
from app.panel.sheet_writing import SheetWriter
from tests.panel.importing.tables import csv_bytes, workbook

ROWS = [["姓名", "手机", "备注"], ["王芳", "13800138000", "喜欢“橘猫”，周末来"], ["李雷", "13900139000", ""]]


@pytest.fixture(autouse=True)
def _languages(app: Flask) -> Iterator[None]:
    """Refusals are told in a language, so there must be an application."""
    return


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def cells(path: Path, layout: Layout | None = None) -> list[list[str]]:
    return [row for _number, row in rows_of(path, layout or recognise(path))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_in_the_file(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = save(tmp_path / "t", csv_bytes(ROWS, encoding, delimiter))

    layout = recognise(path)

    assert layout.delimiter == delimiter
    assert cells(path, layout) == [ROWS[0], ROWS[1], ROWS[2][:2]]


def test_a_file_glued_together_of_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    path = save(tmp_path / "t", csv_bytes(ROWS[:2], "utf-8") + csv_bytes(ROWS[2:], "gb18030"))

    assert find_encoding(path) == MIXED
    assert cells(path) == [ROWS[0], ROWS[1], ROWS[2][:2]]


def test_a_line_in_no_encoding_is_named(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b"a,b\n\xff\xff\xff,1\n")

    with pytest.raises(Unreadable, match="Line 2"):
        recognise(path)


def test_a_person_may_choose_another_encoding(tmp_path: Path) -> None:
    path = save(tmp_path / "t", "姓名,電話\n王小明,0912345678\n".encode("big5"))

    layout = changed(path, Layout("text", "gb18030", ","), {"encoding": "big5"})

    assert cells(path, layout)[1] == ["王小明", "0912345678"]


def test_the_wrong_encoding_is_refused_with_the_line_behind_which_it_ends(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b"a,b\n" * 3 + "姓名,1\n".encode("gb18030"))

    with pytest.raises(Unreadable, match="UTF-8"):
        changed(path, Layout("text", "gb18030", ","), {"encoding": "utf-8"})


def test_blank_lines_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b"a,b\n\n,,\n1,2\n\n3,4\n")

    assert list(rows_of(path, recognise(path))) == [(1, ["a", "b"]), (4, ["1", "2"]), (6, ["3", "4"])]


def test_the_line_by_which_excel_declares_its_delimiter_is_obeyed_and_left_out(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b"sep=;\r\na;b,c\r\n1;2\r\n")

    assert cells(path) == [["a", "b,c"], ["1", "2"]]


def test_a_cell_may_hold_several_lines_and_quotation_marks(tmp_path: Path) -> None:
    path = save(tmp_path / "t", csv_bytes([["a", "b"], ['say "no"\nand go', "1"]]))

    assert cells(path)[1] == ['say "no"\nand go', "1"]


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b'a,b\n1,"open\n' + b"x,y\n" * 5_000_000)

    with pytest.raises(Unreadable, match="quotation mark"):
        for _row in rows_of(path, Layout("text", "utf-8", ",")):
            pass


def test_a_cell_of_ten_megabytes_is_read_and_refuses_nothing_but_its_row(tmp_path: Path) -> None:
    path = save(tmp_path / "t", b"a,b\n" + b"x" * 10_000_000 + b",1\n2,3\n")

    lengths = [len(row[0]) for row in cells(path)]

    assert lengths == [1, 10_000_000, 1]


def test_three_hundred_columns_are_read(tmp_path: Path) -> None:
    rows = [[f"c{at}" for at in range(300)], [str(at) for at in range(300)]]

    assert cells(save(tmp_path / "t", csv_bytes(rows))) == rows
    assert cells(workbook(tmp_path / "t.xlsx", rows)) == rows


# --- Workbooks ----------------------------------------------------------------------------------------


def test_a_workbooks_cells_read_as_one_would_type_them(tmp_path: Path) -> None:
    row = [
        "王芳", 13800138000, 12.1, 0.1 + 0.2, True, datetime.date(2026, 3, 5), datetime.datetime(2026, 3, 5, 14, 30),
        None, "=1+1", 1.23456789012345678e17,
    ]  # fmt: skip
    book = Workbook()
    book.active.append(row)
    book.active["I1"].data_type = "s"
    path = tmp_path / "t.xlsx"
    book.save(path)

    assert cells(path) == [
        [
            "王芳", "13800138000", "12.1", "0.3", "TRUE", "2026-03-05", "2026-03-05 14:30:00", "", "=1+1",
            "1.23456789012346E+17",
        ]
    ]  # fmt: skip


def test_the_first_sheet_that_holds_anything_is_taken_and_another_can_be_chosen(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "空"
    book.create_sheet("客户").append(["姓名"])
    book.create_sheet("宠物").append(["名字"])
    hidden = book.create_sheet("旧")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "t.xlsx"
    book.save(path)

    layout = recognise(path)

    assert (layout.sheet, layout.sheets) == ("客户", ("空", "客户", "宠物"))
    assert cells(path, changed(path, layout, {"sheet": "宠物"})) == [["名字"]]
    assert changed(path, layout, {"sheet": "旧"}).sheet == "客户"


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_is_written_as_a_workbook_reads_back_to_the_letter(rows: list[list[str]]) -> None:
    file = io.BytesIO()
    with SheetWriter(file, "t", ["head"]) as sheet:
        for row in rows:
            sheet.write(row)
    expected = [row for row in rows if any(cell and not cell.isspace() for cell in row)]
    with tempfile.TemporaryDirectory() as folder:
        path = save(Path(folder) / "t", file.getvalue())
        layout = Layout("xlsx", sheet="t", sheets=("t",))
        found = [row for number, row in rows_of(path, layout) if number > 1]

    def trimmed(row: list[str]) -> list[str]:
        while row and not row[-1]:
            row = row[:-1]
        return row

    assert [trimmed(row) for row in found] == [trimmed(row) for row in expected]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("5", "5"), ("5.0", "5"), ("0.30000000000000004", "0.3"), ("1.38E10", "13800000000"), ("1E-7", "0.0000001"),
     ("-2", "-2"), ("12345678901234567", "1.23456789012346E+16")],
)  # fmt: skip
def test_numbers_read_as_the_sheet_shows_them(stored: str, shown: str) -> None:
    assert number_text(stored) == shown


def test_a_million_rows_stand_in_memory_one_at_a_time(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.xlsx"
        with path.open("wb") as file, SheetWriter(file, "t", ["name", "phone"]) as sheet:
            for number in range(count):
                sheet.write([f"customer {number}", str(number)])
        tracemalloc.start()
        for _row in rows_of(path, Layout("xlsx", sheet="t", sheets=("t",))):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(5_000), peak(50_000)

    assert many < few + 500_000


# --- Files that are no tables -------------------------------------------------------------------------


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOMB = {"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": b"\x00" * 60_000_000}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b",,,\n,,\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old .xls"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b"%PDF-1.7 x", "no table"),
        (b"\x89PNG\r\n\x1a\n....", "no table"),
        (b"a,b\x01\x02\x03\n1,2\n", "no table"),
        (packed({"word/document.xml": b"<w/>", "[Content_Types].xml": TYPES}), "no XLSX"),
        (b"PK\x03\x04 broken", "damaged"),
        (packed(BOMB), "unpacks to more"),
        (packed({"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<x"}), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        recognise(save(tmp_path / "t", content))


@pytest.mark.parametrize(
    "sheet",
    [
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>',
        b"<worksheet><sheetData><row r='x'><c><v>1</v></c></row></sheetData></worksheet>",
        b"<worksheet><sheetData><row><c t='s'><v>99</v></c></row></sheetData></worksheet>",
        b"<worksheet><sheetData><row><c",
    ],
)
def test_a_hostile_sheet_is_refused(tmp_path: Path, sheet: bytes) -> None:
    path = workbook(tmp_path / "t.xlsx", [["a"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    path.write_bytes(packed(parts))

    with pytest.raises(Unreadable, match="damaged"):
        list(rows_of(path, Layout("xlsx", sheet="Sheet", sheets=("Sheet",))))


def test_a_sheet_too_wide_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "t", csv_bytes([[str(at) for at in range(2_000)]]))

    with pytest.raises(Unreadable, match="columns"):
        recognise(path)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = save(Path(folder) / "t", content)
        try:
            rows = list(rows_of(path, recognise(path)))
        except Unreadable as refusal:
            assert str(refusal)
        else:
            assert all(any(row) for _number, row in rows)


def test_the_csv_modules_limit_is_ours() -> None:
    assert csv.field_size_limit() == 16 * 1024 * 1024
