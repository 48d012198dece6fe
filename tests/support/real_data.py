"""Readers of the real data that `KEBU_TEST_DATA` names: the people of three shops, as their files write them."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

VARIABLE = "KEBU_TEST_DATA"

# What a shop knows of one person: the customer form's inputs by name, only those that are filled.
Person = dict[str, str]

_VALUE = re.compile(r"'((?:[^']|'')*)'|(NULL)|(-?\d+(?:\.\d+)?)")
_COLUMN = re.compile(r"^\s+`?([a-z_]+)`? ", re.MULTILINE)


def why_no_data() -> str:
    """Return why there is no real data here, or '' when there is."""
    return "" if os.environ.get(VARIABLE) else f"{VARIABLE} is not set"


def everybody(folder: Path) -> list[Person]:
    """Return all people of the three shops."""
    return [*chinook_customers(folder), *northwind_customers(folder), *mall_members(folder)]


def chinook_customers(folder: Path) -> list[Person]:
    """Return the customers of Chinook, a music store: people of 24 countries with their numbers from abroad."""
    address = (folder / "chinook" / "Chinook_Sqlite.sqlite").as_uri() + "?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM Customer ORDER BY CustomerId").fetchall()
    return [
        _person(
            code=f"C-{row['CustomerId']}",
            name=f"{row['FirstName']} {row['LastName']}",
            phone=row["Phone"],
            email=row["Email"],
            address=_joined(", ", *(row[name] for name in ("Address", "PostalCode", "City", "Country"))),
            notes=_joined("\n", row["Company"], row["Fax"]),
        )
        for row in rows
    ]


def northwind_customers(folder: Path) -> list[Person]:
    """Return the customers of Northwind, a wholesaler: companies whose numbers lack the country's code."""
    script = (folder / "northwind_pg" / "northwind.sql").read_text(encoding="utf-8")
    return [
        _person(
            code=row["customer_id"],
            name=row["company_name"],
            phone=row["phone"],
            address=_joined(", ", *(row[name] for name in ("address", "postal_code", "city", "country"))),
            notes=_joined("\n", f'"{row["contact_name"]}", {row["contact_title"]}', row["fax"]),
        )
        for row in inserted_rows(script, "customers")
    ]


def mall_members(folder: Path) -> list[Person]:
    """Return the members of mall, a Chinese shop, with the names and addresses their parcels go to."""
    script = (folder / "mall" / "mall.sql").read_text(encoding="utf-8")
    parcels = {
        row["member_id"]: row
        for row in inserted_rows(script, "ums_member_receive_address")
        if row["default_status"] == "1"
    }
    return [
        _person(
            code=f"M-{row['id']}",
            name=parcels.get(row["id"], {}).get("name") or row["nickname"] or row["username"],
            phone=row["phone"],
            sex={"1": "male", "2": "female"}.get(row["gender"] or ""),
            birth_date=row["birthday"],
            address=_parcel_address(parcels.get(row["id"], {})),
            notes=_joined("\n", row["city"], row["job"], row["personalized_signature"]),
        )
        for row in inserted_rows(script, "ums_member")
    ]


def inserted_rows(script: str, table: str) -> Iterator[dict[str, str | None]]:
    """Yield the rows that a dump inserts into `table`, one statement a line, by the names of its columns.

    Reads the SQL of pg_dump and of mysqldump where texts hold no backslash; raises `ValueError` elsewhere.
    """
    body = re.search(rf"CREATE TABLE `?{table}`? *\((.*?)\n\)", script, re.DOTALL)
    if body is None:
        raise ValueError(f"there is no table {table}")
    names = _COLUMN.findall(body[1])
    for line in re.findall(rf"^INSERT INTO `?{table}`? VALUES \((.*)\);$", script, re.MULTILINE):
        if "\\" in line:
            raise ValueError(f"a backslash among the values of {table}")
        values = [
            None if nothing else text.replace("''", "'") or number
            for text, nothing, number in _VALUE.findall(line)
        ]
        yield dict(zip(names, values, strict=True))


def _person(**values: str | None) -> Person:
    return {name: value for name, value in values.items() if value}


def _joined(by: str, *parts: str | None) -> str:
    return by.join(part for part in parts if part)


def _parcel_address(parcel: dict[str, str | None]) -> str:
    return _joined("", *(parcel.get(name) for name in ("province", "city", "region", "detail_address")))
