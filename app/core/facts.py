"""Facts: SELECTs with a fixed column contract, offered to analysis by slices and by adopted databases alike.

An analysis names a fact and a book and knows no table. A book is where facts come from: `kebu`, the shop's own, or an
adopted database under its code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

OWN_BOOK = "kebu"

# `key` and `text` are text; `moment` is the wall clock in the book's time zone, without a zone; `money` is in major
# units (yuan) of the book's currency, `money` and `quantity` exact decimals.
Kind = Literal["key", "text", "moment", "money", "quantity"]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One column of a contract; `needed` ones are there in every book, others come as NULL where a book lacks them."""

    name: str
    kind: Kind
    label: Any
    _: KW_ONLY
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A contract: what a row is, and its columns in order."""

    name: str
    label: Any
    row: Any
    columns: tuple[FactColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(each.name for each in self.columns)


def _column(name: str, kind: Kind, label: Any, *, needed: bool = False) -> FactColumn:
    return FactColumn(name, kind, label, needed=needed)


_EVERY = (
    Fact(
        "customers",
        _l("Customers"),
        _l("one row a customer"),
        (
            _column("key", "key", _l("Key"), needed=True),
            _column("name", "text", _l("Name")),
            _column("created", "moment", _l("Customer since")),
            _column("branch", "key", _l("Branch")),
        ),
    ),
    Fact(
        "products",
        _l("Products"),
        _l("one row a product or service"),
        (
            _column("key", "key", _l("Key"), needed=True),
            _column("name", "text", _l("Name")),
            _column("category", "text", _l("Category")),
            _column("price", "money", _l("Price of one")),
            _column("cost", "money", _l("Cost of one")),
        ),
    ),
    Fact(
        "sales",
        _l("Sales"),
        _l("one row a line that counts; what was given back counts negatively"),
        (
            _column("key", "key", _l("Key")),
            _column("sale", "key", _l("Sale")),
            _column("time", "moment", _l("Time"), needed=True),
            _column("customer", "key", _l("Customer")),
            _column("product", "key", _l("Product")),
            _column("quantity", "quantity", _l("Quantity")),
            _column("amount", "money", _l("Amount"), needed=True),
            _column("cost", "money", _l("Cost")),
            _column("branch", "key", _l("Branch")),
        ),
    ),
    Fact(
        "payments",
        _l("Payments"),
        _l("one row a payment"),
        (
            _column("key", "key", _l("Key")),
            _column("time", "moment", _l("Time"), needed=True),
            _column("sale", "key", _l("Sale")),
            _column("customer", "key", _l("Customer")),
            _column("amount", "money", _l("Amount"), needed=True),
            _column("method", "text", _l("Way of paying")),
            _column("branch", "key", _l("Branch")),
        ),
    ),
    Fact(
        "costs",
        _l("Costs"),
        _l("one row an expense"),
        (
            _column("key", "key", _l("Key")),
            _column("time", "moment", _l("Time"), needed=True),
            _column("amount", "money", _l("Amount"), needed=True),
            _column("kind", "text", _l("Kind")),
            _column("branch", "key", _l("Branch")),
        ),
    ),
    Fact(
        "visits",
        _l("Visits"),
        _l("one row an appointment or counted visit"),
        (
            _column("key", "key", _l("Key")),
            _column("time", "moment", _l("Time"), needed=True),
            _column("customer", "key", _l("Customer")),
            _column("product", "key", _l("Product")),
            _column("branch", "key", _l("Branch")),
            _column("status", "text", _l("Status")),
        ),
    ),
)
FACTS: Mapping[str, Fact] = {each.name: each for each in _EVERY}


@dataclass(frozen=True, slots=True)
class FactProvider:
    """One book's SELECT for one fact.

    `select()` returns a SELECT with exactly the contract's columns by name, over tables that the session finds the
    database of; it is called for each analysis, so that it may follow what a person changed. `currency` is an ISO 4217
    code, `time_zone` an IANA name; '' where nobody said. `screens` are the screens whose records it reads: who may
    not list one of them, or sees it narrowed by rules, is not answered from it.
    """

    fact: str
    book: str
    book_label: Any
    select: Callable[[], Select[Any]]
    _: KW_ONLY
    currency: str = ""
    time_zone: str = ""
    screens: tuple[str, ...] = ()
