"""The rows and fields of `fields.py`: customers, the plans of own fields, and values made of each row's number."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import databases

OPTIONS = ("red", "blue", "grey")
FILLED = 10


def customers(count: int) -> Iterator[dict[str, Any]]:
    """Yield so many customers, one every ten seconds."""
    first = datetime(2016, 1, 1, tzinfo=UTC)
    for number in range(count):
        moment = first + timedelta(seconds=10 * number)
        key = (int(moment.timestamp() * 1000) << 80) | (0x7 << 76) | (0b10 << 62) | number
        name, phone = f"陈{number:07}", f"1{30 + number % 69}{number % 100_000_000:08}"
        yield {
            "id": uuid.UUID(int=key), "name": name, "name_key": name, "phone": phone, "phone_last4": phone[-4:],
            "created_at": moment, "changed_at": moment,
        }  # fmt: skip


def plan(kind: str, number: int, **changes: Any) -> Any:
    """Return the plan of one field; six stand in the list."""
    from app.core.choices import Option  # noqa: PLC0415
    from app.core.words import OwnWords  # noqa: PLC0415
    from app.shaping.models import Kind  # noqa: PLC0415
    from app.shaping.plans import FieldPlan, Settings  # noqa: PLC0415

    options = tuple(Option(each, OwnWords(each, each)) for each in OPTIONS) if kind == "choice" else ()
    return FieldPlan(
        Kind(kind), OwnWords(f"字段{number}", f"Field {number}"), in_list=number < 6, filterable=number < FILLED,
        settings=Settings(options=options), **changes,
    )  # fmt: skip


def fill(url: str, fields: list[tuple[str, str]]) -> None:
    """Give each customer a value in these fields, by one statement; the number is the name's."""
    is_sqlite = url.startswith("sqlite")
    number = "CAST(substr(name, 2) AS INTEGER)"
    day = f"date('1950-01-01', '+' || ({number} % 25000) || ' days')" if is_sqlite else (
        f"DATE '1950-01-01' + ({number} % 25000)"
    )  # fmt: skip
    made = {
        "text": f"'t' || {number} % 500000",
        "long_text": "'老顾客，喜欢周末来。'",
        "number": f"{number} % 90000 * 10000",
        "date": day,
        "choice": f"CASE {number} % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'blue' ELSE 'grey' END",
        "answer": f"{number} % 2 = 0",
        "number as text": f"'' || {number}",
    }
    sets = []
    for kind, name in fields:
        if kind == "money":
            sets += [f"{name}_minor = {number} % 70000 * 100", f"{name}_currency = 'CNY'"]
        else:
            sets.append(f"{name} = {made[kind]}")
    engine = databases.engine_for_loading(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE people_customer SET {', '.join(sets)}".replace("%", "%%" if not is_sqlite else "%")
        )
    engine.dispose()
