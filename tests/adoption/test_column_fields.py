"""The fields of adopted columns read what people type, refuse what a column would round, and mask like all others."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import NullType, TypeEngine

from app.adoption import showing
from app.adoption.column_types import exact_single, shortest_single
from app.adoption.columns import fit
from app.adoption.fields import StoredChoice, options_of, size_words
from app.adoption.mariadb_types import write_duration
from app.adoption.sketches import ColumnSketch
from app.core import fields
from app.core.choices import Option
from app.core.fields.base import FieldProblem
from app.core.words import OwnWords
from app.panel.cells import value_maker
from tests.adoption.column_workshop import check_forms

UTC = datetime.UTC
pytestmark = pytest.mark.usefixtures("sqlite_core")


def field_of(dialect: str, type_text: str, kind: TypeEngine[Any] | None = None, **flags: Any) -> fields.Field:
    return fit(ColumnSketch("v", kind or NullType(), type_text, **flags), dialect).field("v", "Value")


def typed(dialect: str, type_text: str, text: str, kind: TypeEngine[Any] | None = None, **flags: Any) -> Any:
    return field_of(dialect, type_text, kind, **flags).parse([text])


@pytest.mark.parametrize(
    ("dialect", "type_text", "text", "value"),
    [
        ("postgresql", "integer", " 1,234 ", 1234),
        ("mariadb", "bigint(20) unsigned", "18446744073709551615", 2**64 - 1),
        ("postgresql", "numeric(10,2)", "１,２３４.５０", Decimal("1234.50")),
        ("postgresql", "numeric", "0.00000000000000000000000000000000000000001", Decimal("1e-41")),
        ("mariadb", "decimal(12,8)", "2.20460000", Decimal("2.20460000")),
        ("mariadb", "float", "0.1", 0.1),
        ("postgresql", "double precision", "1e-300", 1e-300),
        ("postgresql", "date", "2026年3月5日", datetime.date(2026, 3, 5)),
        ("postgresql", "date", "0476-09-04", datetime.date(476, 9, 4)),
        ("postgresql", "date", '"infinity"', "infinity"),
        ("mariadb", "date", '"0000-00-00"', "0000-00-00"),
        ("mariadb", "datetime", "2026/3/5 14:30", datetime.datetime(2026, 3, 5, 14, 30)),
        ("mariadb", "datetime(6)", "2026-03-05 14:30:05.000001", datetime.datetime(2026, 3, 5, 14, 30, 5, 1)),
        ("mariadb", "datetime", "2026-03-05T14:30:00+01:00", datetime.datetime(2026, 3, 5, 21, 30)),
        (
            "postgresql",
            "timestamp with time zone",
            "2026-03-05 14:30",
            datetime.datetime(2026, 3, 5, 6, 30, tzinfo=UTC),
        ),
        (
            "postgresql",
            "timestamp with time zone",
            "2026-03-05 14:30:05.5Z",
            datetime.datetime(2026, 3, 5, 14, 30, 5, 500000, UTC),
        ),
        ("mariadb", "time", "9:30", "09:30:00"),
        ("mariadb", "time(3)", "-838:59:59.5", "-838:59:59.5"),
        ("postgresql", "time without time zone", "9：05", "09:05:00"),
        ("postgresql", "time with time zone", "09:05:00+08", "09:05:00+08"),
        (
            "postgresql",
            "uuid",
            "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}",
            uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        ),
        ("postgresql", "jsonb", '{"b": 1, "a": 1e400}', '{"b": 1, "a": 1e400}'),
        ("mariadb", "tinyint(1)", "是", 1),
        ("mariadb", "tinyint(1)", "5", 5),
        ("mariadb", "bit(1)", "0", False),
        ("mariadb", "bit(4)", "0101", "0101"),
        ("mariadb", "binary(3)", "FF 00 ff", b"\xff\x00\xff"),
        ("mariadb", "year(4)", "2026", 2026),
        ("sqlite", "DATE", "2026年3月5日", "2026-03-05"),
        ("sqlite", "DATETIME", "2026年3月5日 14:30", "2026-03-05 14:30:00"),
        ("sqlite", "DATETIME", "2026-03-05T14:30", "2026-03-05 14:30:00"),
        ("sqlite", "INTEGER", '"abc"', "abc"),
        ("sqlite", "BOOLEAN", "no", 0),
        ("sqlite", "", "12", 12),
        ("sqlite", "", '"12"', "12"),
        ("sqlite", "", "012", "012"),
    ],
)
def test_what_people_type_is_read(dialect: str, type_text: str, text: str, value: Any) -> None:
    found = typed(dialect, type_text, text)

    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("dialect", "type_text", "text"),
    [
        ("postgresql", "smallint", "32768"),
        ("mariadb", "tinyint(4) unsigned", "-1"),
        ("mariadb", "tinyint(1)", "128"),
        ("postgresql", "integer", "1.5"),
        ("postgresql", "numeric(10,2)", "1.234"),
        ("postgresql", "numeric(4,2)", "100"),
        ("mariadb", "decimal(10,2) unsigned", "-1"),
        ("postgresql", "money", "1.234"),
        ("postgresql", "double precision", "1e309"),
        ("postgresql", "real", "1e39"),
        ("mariadb", "float(7,2)", "1.234"),
        ("postgresql", "date", "0000-00-00"),
        ("mariadb", "date", "2026-02-30"),
        ("mariadb", "datetime(3)", "2026-03-05 14:30:05.0001"),
        ("mariadb", "datetime", "2026-03-05 24:30"),
        ("postgresql", "timestamp(0) with time zone", "2026-03-05 14:30:05.5"),
        ("mariadb", "time", "839:00:00"),
        ("mariadb", "time", "930"),
        ("mariadb", "time", "09:30:00.5"),
        ("postgresql", "time without time zone", "-01:00"),
        ("postgresql", "time without time zone", "09:00+08"),
        ("postgresql", "uuid", "6ba7b810"),
        ("postgresql", "jsonb", "{a: 1}"),
        ("mariadb", "json", "[NaN]"),
        ("mariadb", "bit(4)", "101"),
        ("mariadb", "binary(3)", "ff00ff00"),
        ("mariadb", "binary(3)", "xyz"),
        ("mariadb", "year(4)", "1900"),
        ("mariadb", "varchar(3)", "abcd"),
        ("sqlite", "INTEGER", "abc"),
        ("sqlite", "DATE", "soon"),
        ("sqlite", "DECIMAL(10,2)", "a lot"),
        ("sqlite", "INTEGER", "\u241bxyz"),
    ],
)
def test_what_the_column_would_change_or_refuse_is_refused_beside_the_field(
    dialect: str, type_text: str, text: str
) -> None:
    with pytest.raises(FieldProblem):
        typed(dialect, type_text, text)


def test_an_empty_input_is_null_where_there_may_be_none_and_the_empty_text_elsewhere() -> None:
    for type_text in ("character varying(40)", "text"):
        assert typed("postgresql", type_text, "") is None
        assert typed("postgresql", type_text, '""') == ""
        assert typed("postgresql", type_text, "", nullable=False) == ""
        assert field_of("postgresql", type_text).raw("") == ['""']
        assert field_of("postgresql", type_text, nullable=False).raw("") == [""]
    assert typed("mariadb", "varbinary(3)", "") is None
    assert typed("mariadb", "varbinary(3)", '""') == b""
    assert typed("mariadb", "varbinary(3)", "", nullable=False) == b""


@pytest.mark.parametrize(
    ("type_text", "flags", "required"),
    [
        ("integer", {"nullable": False}, True),
        ("integer", {"nullable": False, "default": "0"}, False),
        ("integer", {}, False),
        ("text", {"nullable": False}, False),
        ("date", {"nullable": False}, True),
        ("jsonb", {"nullable": False}, True),
        ("time", {"nullable": False}, True),
        ("bit(3)", {"nullable": False}, True),
        ("bit varying", {"nullable": False}, False),
        ("bytea", {"nullable": False}, False),
    ],
)
def test_a_field_is_required_where_an_empty_input_would_be_a_null_that_the_column_refuses(
    type_text: str, flags: dict[str, Any], required: bool
) -> None:
    assert field_of("postgresql", type_text, **flags).required is required


def test_a_not_null_boolean_is_a_box_and_a_small_number_stays_a_choice() -> None:
    assert type(field_of("postgresql", "boolean", nullable=False)) is fields.YesNo
    assert type(field_of("postgresql", "boolean")) is fields.Answer
    flag = field_of("mariadb", "tinyint(1)", nullable=False)

    assert flag.widget == "select" and flag.required
    assert [flag.display(value) for value in (1, 0, 7)] == ["Yes", "No", "7"]
    for value in (0, 1, 7, -128):
        check_forms(flag, value)


def test_numbers_are_shown_to_the_last_digit_in_both_languages() -> None:
    shown = {
        ("postgresql", "numeric(20,8)"): (Decimal("1234567.20460000"), "1,234,567.20460000"),
        ("postgresql", "double precision"): (1234.5678901234, "1,234.5678901234"),
        ("mariadb", "float"): (5.0, "5"),
        ("mariadb", "year(4)"): (2026, "2026"),
        ("postgresql", "double precision "): (1e-300, "1E-300"),
    }
    for language in ("en", "zh_Hans_CN"):
        with force_locale(language):
            for (dialect, type_text), (value, text) in shown.items():
                assert field_of(dialect, type_text).display(value) == text


def test_moments_are_shown_in_the_shop_s_zone_and_days_in_the_reader_s_language() -> None:
    instant = field_of("postgresql", "timestamp with time zone")
    moment = datetime.datetime(2026, 3, 5, 18, 30, 5, 123456, UTC)

    assert instant.display(moment) == "6 Mar 2026 02:30"
    with force_locale("zh_Hans_CN"):
        assert instant.display(moment) == "2026-03-06 02:30"
    assert instant.raw(moment) == ["2026-03-06 02:30:05.123456"]
    assert instant.export(moment) == "2026-03-06 02:30:05.123456"
    assert instant.to_json(moment) == "2026-03-05T18:30:05.123456Z"
    assert field_of("mariadb", "date").display("0000-00-00") == "0000-00-00"
    assert field_of("sqlite", "DATETIME").display("2026-03-05 14:30:05.000000") == "5 Mar 2026 14:30"
    assert field_of("sqlite", "DATE").display("2026-03-05") == "5 Mar 2026"
    assert field_of("sqlite", "DATE").display(1772697600) == "1772697600"


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_there_is_comes_back_from_the_form(moment: datetime.datetime) -> None:
    # No database keeps which of two equal clock times was meant.
    check_forms(field_of("postgresql", "timestamp with time zone"), moment.replace(fold=0))


@given(st.datetimes(), st.dates())
def test_every_wall_clock_time_and_day_comes_back(moment: datetime.datetime, day: datetime.date) -> None:
    check_forms(field_of("mariadb", "datetime(6)"), moment.replace(fold=0))
    check_forms(field_of("postgresql", "date"), day)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back(number: Decimal, floating: float) -> None:
    check_forms(field_of("postgresql", "numeric"), number)
    check_forms(field_of("postgresql", "double precision"), floating)


def _digits(number: float) -> int:
    return len(Decimal(repr(number)).normalize().as_tuple().digits)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_four_byte_float_is_written_with_the_fewest_digits_that_mean_it(number: float) -> None:
    short = shortest_single(number)

    assert exact_single(short) == number
    assert _digits(short) <= _digits(number)
    check_forms(field_of("postgresql", "real"), short)


@given(st.timedeltas(datetime.timedelta(hours=-838), datetime.timedelta(hours=838)))
def test_every_time_of_mariadb_comes_back(span: datetime.timedelta) -> None:
    check_forms(field_of("mariadb", "time(6)"), write_duration(span, 6))


@given(st.text(max_size=30), st.booleans())
def test_every_text_comes_back(text: str, nullable: bool) -> None:
    for type_text in ("VARCHAR(20)", "TEXT"):
        check_forms(field_of("sqlite", type_text, nullable=nullable), text)


@given(
    st.text(max_size=8)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=8)
)
def test_a_column_of_sqlite_takes_any_value_and_gives_it_back(value: Any) -> None:
    for type_text in ("", "INTEGER", "REAL", "BOOLEAN", "DATE", "DATETIME", "TIME", "TEXT", "BLOB"):
        # These two turn numbers into texts and whole numbers into floats when they are stored.
        kept = type_text not in ("TEXT", "REAL") or isinstance(value, bytes)
        if kept or (type_text == "REAL" and isinstance(value, float)):
            check_forms(field_of("sqlite", type_text), value)


def test_a_choice_keeps_its_null_and_offers_what_the_column_may_hold() -> None:
    kind = postgresql.ENUM("sad", "", "ok", name="mood")
    choice = field_of("postgresql", "mood", kind)

    assert choice.parse([""]) is None and choice.parse([]) is None
    assert choice.parse(['""']) == "" and choice.raw("") == ['""']
    assert choice.parse(["ok"]) == "ok" and choice.schema()["enum"] == ["sad", "", "ok"]
    with pytest.raises(FieldProblem):
        choice.parse(["glad"])


def test_codes_of_a_number_column_become_choices_and_unknown_codes_stay() -> None:
    words = tuple(
        Option(code, OwnWords(chinese, english))
        for code, chinese, english in (("0", "待付款", "to be paid"), ("1", "待发货", "to be sent"))
    )
    choice = StoredChoice("status", "Status", choices=words, whole=True, open=True)

    assert choice.parse(["1"]) == 1 and choice.parse(["to be paid"]) == 0 and choice.parse(["7"]) == 7
    assert choice.display(1) == "to be sent" and choice.display(7) == "7"
    for value in (0, 1, 7, None):
        check_forms(choice, value)
    with pytest.raises(FieldProblem):
        choice.parse(["x"])
    with pytest.raises(FieldProblem):
        StoredChoice("s", "S", choices=words, whole=True).parse(["7"])


def test_an_empty_set_is_told_from_none() -> None:
    several = field_of("mariadb", "set('x','y')", mysql.SET("x", "y"))

    assert several.parse([]) is None and several.parse(['""']) == ()
    assert several.parse(["y", "x"]) == ("x", "y")
    assert several.from_json([]) == () and several.to_json(()) == []
    required = field_of("mariadb", "set('x','y')", mysql.SET("x", "y"), nullable=False)
    assert required.parse([]) == () and required.raw(()) == []


def test_bytes_are_shown_by_their_size_and_never_as_text() -> None:
    binary = field_of("postgresql", "bytea")
    value = b"secret" * 3000

    assert binary.display(value) == "18 kB" and binary.to_json(value) == {"size": 18000}
    assert isinstance(binary, fields.File) and binary.column == "v"
    assert [size_words(count) for count in (0, 999, 1000, 12_345_678)] == ["0 B", "999 B", "1 kB", "12.3 MB"]
    assert binary.parse(binary.raw(b"")) == b"" and binary.parse([]) is None


@pytest.mark.parametrize(
    ("dialect", "type_text", "value"),
    [
        ("sqlite", "TEXT", "王小明的秘密"),
        ("sqlite", "INTEGER", "Ms Wang"),
        ("sqlite", "TEXT", b"Ms Wang"),
        ("postgresql", "date", "infinity"),
        ("postgresql", "date", datetime.date(1980, 3, 5)),
        ("postgresql", "numeric", Decimal("5000.25")),
        ("postgresql", "timestamp with time zone", datetime.datetime(1980, 3, 5, 1, 30, tzinfo=UTC)),
        ("sqlite", "DATETIME", "1980-03-05 14:30:00"),
        ("mariadb", "tinyint(1)", 7),
        ("mariadb", "varbinary(3)", b"abc"),
        ("postgresql", "jsonb", '{"name": "Ms Wang"}'),
    ],
)
def test_a_masked_field_says_no_more_than_its_mask(dialect: str, type_text: str, value: Any) -> None:
    masked = field_of(dialect, type_text).as_masked()

    assert masked.raw(value) == [] and masked.to_json(value) is None
    assert masked.display(value) == masked.export(value) == masked.mask(value) != ""
    for secret in ("小明", "Wang", "5000", "-03-05", "14:30", "7", "616263"):
        assert secret not in masked.display(value)


@pytest.mark.parametrize(
    ("dialect", "type_text", "value", "text"),
    [
        ("mariadb", "datetime", "0000-00-00 00:00:00", "0000-00-00 00:00:00"),
        ("mariadb", "datetime", datetime.datetime(2026, 3, 5, 14, 30), "5 Mar 2026 14:30"),
        (
            "postgresql",
            "timestamp with time zone",
            datetime.datetime.max.replace(tzinfo=UTC),
            "9999-12-31 23:59:59.999999+00:00",
        ),
        ("sqlite", "DATE", "soon", "soon"),
        ("sqlite", "TEXT", b"\x00\xff", "2 B"),
        ("sqlite", "TEXT", "a\udcff", "a\N{REPLACEMENT CHARACTER}"),
        ("sqlite", "", 12, "12"),
        ("postgresql", "bytea", b"\x00\xff", "2 B"),
    ],
)
def test_the_cell_of_a_list_shows_what_the_field_shows(
    dialect: str, type_text: str, value: Any, text: str
) -> None:
    assert showing.__doc__
    make: Callable[..., Any] = value_maker(field_of(dialect, type_text), None)  # type: ignore[arg-type]

    assert make(value).text == text


def test_a_long_text_can_be_shown_as_one_line() -> None:
    line = fit(ColumnSketch("name", NullType(), "text"), "postgresql").as_line().field("name", "Name")

    assert line.widget == "text"
    check_forms(line, "two\r\nlines")


def test_reasons_are_said_in_the_reader_s_language(sqlite_core: Flask) -> None:
    made = fit(ColumnSketch("v", NullType(), "tsvector"), "postgresql")

    assert "search" in str(made.reason)


def test_options_are_called_what_they_are_stored_as() -> None:
    assert [(option.value, str(option.label)) for option in options_of(("a", "", "b\n"))] == [
        ("a", "a"),
        ('""', ""),
        ("b\u240a", "b\n"),
    ]
