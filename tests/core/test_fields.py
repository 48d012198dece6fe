"""A field reads what people type, keeps what it means and refuses the rest with a sentence."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import fields
from app.core.fields import FieldProblem, clean_line
from app.core.fields.base import clean_text
from app.core.money import Money
from app.core.upload import Upload
from tests.core.models import Stage

UTC = datetime.UTC
# The shop's zone turned its clocks back until 1991: an hour that runs twice can't say which one was meant.
MOMENTS = st.datetimes(
    datetime.datetime(1992, 1, 2), datetime.datetime(2999, 12, 30), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))
DAYS = st.dates(datetime.date(1800, 1, 1), datetime.date(2999, 12, 31))

TEXT = fields.Text("name", "Name", max_length=50)
LONG = fields.LongText("note", "Note", max_length=500)
PHONE = fields.Phone("phone", "Phone")
EMAIL = fields.Email("email", "E-mail")
WHOLE = fields.WholeNumber("count", "Count", least=-5, most=1_000_000)
QUANTITY = fields.Quantity("weight", "Weight", scale=3, unit="kg")
MONEY = fields.Money("price", "Price", may_be_negative=True)
DATE = fields.Date("born", "Born")
MOMENT = fields.Moment("due", "Due")
CHOICE = fields.Choice("stage", "Stage", choices=Stage)
YES_NO = fields.YesNo("active", "Active")
LINK = fields.Link("owner", "Owner", to="people:customer")
LINKS = fields.Links("tags", "Tags", to="people:tag")
FILE = fields.File("paper", "Paper")
IMAGE = fields.Image("photo", "Photo")
TYPED = (TEXT, LONG, PHONE, EMAIL, WHOLE, QUANTITY, MONEY, DATE, MOMENT, CHOICE, YES_NO, LINK, LINKS)
ALL = (*TYPED, FILE, IMAGE)

VALUES: list[tuple[fields.Field, st.SearchStrategy[Any]]] = [
    (TEXT, st.text(max_size=50).map(clean_line).filter(bool)),
    (LONG, st.text(max_size=500).map(lambda text: clean_text(text).strip()).filter(bool)),
    (PHONE, st.from_regex(r"(1[3-9][0-9]{9}|\+[1-79][0-9]{6,13}|[1-9][0-9]{6,7})", fullmatch=True)),
    (EMAIL, st.from_regex(r"[a-z]{1,10}(\.[a-z0-9]{1,8})?@[a-z]{1,10}\.(com|cn|de)", fullmatch=True)),
    (WHOLE, st.integers(-5, 1_000_000)),
    (QUANTITY, st.decimals(0, 1_000_000, places=3, allow_nan=False, allow_infinity=False)),
    (MONEY, st.integers(-(10**12), 10**12).map(lambda minor: Money(minor, "CNY"))),
    (DATE, DAYS),
    (MOMENT, MOMENTS),
    (CHOICE, st.sampled_from(Stage)),
    (YES_NO, st.booleans()),
]
HOSTILE = [
    "\0",
    "\0\0abc",
    "\ud800",
    "🐕‍🦺" * 500,
    "x" * 10_000,
    "9" * 10_000,
    "１" * 10_000,
    "1e309",
    "-1e999999999",
    "NaN",
    "Infinity",
    "-0",
    "0x10",
    "1_000",
    "٣",
    "²",
    "½",
    "<script>alert(1)</script>",
    "' OR '1'='1",
    "=1+1",
    "%s%n",
    "{{7*7}}",
    "\u202egnp.exe",
    "0000-00-00",
    "9999-99-99",
    "2026-02-30",
    "2026-02-29T25:61",
    "0001-01-01T00:00Z",
    "9999-12-31T23:59-23:59",
    "2026-03-05T14:30+99:99",
    "k" + "A" * 3_000,
    "u" * 23,
    "[]",
    "1;2",
    "--5",
    "1.2.3",
    "1,2,3",
    ",",
    ".",
    "+",
    "¥",
    "元",
    "@",
    "a@",
    "@b.c",
    "a@b@c",
    "a@" + "b" * 300 + ".com",
    "+86" * 50,
    "\u3000",
    "\u200b",
    "\ufeff",
]


@pytest.fixture(autouse=True)
def inside_the_shop(sqlite_core: Flask) -> Iterator[None]:
    """Fields speak the person's language and know the shop's zone and currency."""
    with sqlite_core.test_request_context():
        yield


def value_or_problem(field: fields.Field, raw: list[str]) -> Any:
    """Return what the field makes of the input, or the problem it has with it."""
    try:
        return field.parse(raw)
    except FieldProblem as problem:
        assert str(problem)
        return problem


@pytest.mark.parametrize(("field", "values"), VALUES, ids=lambda part: getattr(part, "name", ""))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_value_comes_back_from_its_form(
    field: fields.Field, values: st.SearchStrategy[Any], data: Any
) -> None:
    value = data.draw(values)

    assert field.parse(field.raw(value)) == value
    assert isinstance(field.display(value), str)
    assert isinstance(field.export(value), str)


@pytest.mark.parametrize(("field", "values"), VALUES, ids=lambda part: getattr(part, "name", ""))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_value_comes_back_from_json(field: fields.Field, values: st.SearchStrategy[Any], data: Any) -> None:
    value = data.draw(values)

    document = json.loads(json.dumps(field.to_json(value)))

    assert field.from_json(document) == value


@pytest.mark.parametrize("field", TYPED, ids=lambda field: field.name)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_read_or_refused_with_a_sentence(field: fields.Field, text: str) -> None:
    value = value_or_problem(field, [text])

    if not isinstance(value, FieldProblem):
        assert "\0" not in str(value)
        assert "\ud800" not in str(value)
        field.display(value if field not in (LINK, LINKS) else None)


@pytest.mark.parametrize("field", TYPED, ids=lambda field: field.name)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_any_text_is_read_or_refused_with_a_sentence(field: fields.Field, text: str) -> None:
    value = value_or_problem(field, [text])

    if not isinstance(value, FieldProblem) and field not in (LINK, LINKS):
        again = field.parse(field.raw(value))
        assert again == value
        assert value != ""


@pytest.mark.parametrize("field", TYPED, ids=lambda field: field.name)
@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        [[]],
        [{}],
        {"amount": []},
        {"id": 5},
        True,
        1.5,
        float("nan"),
        -1,
        "",
        10**400,
        [None],
        {"amount": True, "currency": 7},
    ],
    ids=repr,
)
def test_any_json_is_read_or_refused_with_a_sentence(field: fields.Field, document: Any) -> None:
    try:
        field.from_json(document)
    except FieldProblem as problem:
        assert str(problem)


@pytest.mark.parametrize(
    "field", [field for field in TYPED if field is not YES_NO], ids=lambda field: field.name
)
@pytest.mark.parametrize("raw", [[], [""], ["   "], ["\u3000"]], ids=repr)
def test_nothing_typed_is_nothing(field: fields.Field, raw: list[str]) -> None:
    assert field.parse(raw) in (None, [])


@pytest.mark.parametrize("raw", [[], [""], [" \u3000\n"], ["\0"], ["\ufeff"]], ids=repr)
@pytest.mark.parametrize(
    "field",
    [
        fields.Text("name", "Name", required=True),
        fields.LongText("note", "Note", required=True),
        fields.Phone("phone", "Phone", required=True),
        fields.Date("born", "Born", required=True),
        fields.Link("owner", "Owner", to="people:customer", required=True),
        fields.Links("tags", "Tags", to="people:tag", required=True),
    ],
    ids=lambda field: field.name,
)
def test_a_required_field_wants_an_answer(field: fields.Field, raw: list[str]) -> None:
    with pytest.raises(FieldProblem):
        field.parse(raw)


@pytest.mark.parametrize("field", ALL, ids=lambda field: field.name)
def test_every_field_describes_itself(field: fields.Field) -> None:
    json.dumps(field.schema())

    assert field.schema().keys() & {"type", "$ref"}
    assert field.display(None) in ("", "No")
    assert field.export(None) in ("", "0")
    assert all(isinstance(text, str) for text in field.attributes().values())
    assert field.column.isidentifier()


def test_a_file_is_named_and_never_taken_from_json() -> None:
    upload = Upload(file_name="发票.pdf", media_type="application/pdf", size=10, sha256="0" * 64)

    assert FILE.display(upload) == FILE.export(upload) == "发票.pdf"
    assert FILE.to_json(upload) == {"name": "发票.pdf", "type": "application/pdf", "size": 10}
    with pytest.raises(FieldProblem):
        FILE.from_json({"name": "x"})
