"""Forms: the inputs of a role, and what was typed into them read as a mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import lazy_gettext as _l

from app.access.forms import Form, Pick
from app.access.shop_settings import currencies, time_zones
from app.adoption.models import Role
from app.adoption.playing.checking import COLUMN
from app.adoption.playing.keeping import read_join
from app.adoption.playing.workbench import Workbench
from app.adoption.proposing.expressions import LONGEST, ExpressionProblem, quoted
from app.adoption.proposing.results import Epoch, Unit
from app.adoption.proposing.roles import CONTRACTS, MONEY, NEEDED, Parent, Refunds, RoleProposal
from app.adoption.proposing.roles import Role as RoleName
from app.core.errors import Invalid
from app.core.fields import Field, Text

LABELS: Mapping[str, Any] = {
    "key": _l("Key"), "name": _l("Name"), "phone": _l("Phone"), "email": _l("E-mail"), "birthday": _l("Birthday"),
    "created": _l("Customer since"), "branch": _l("Branch"), "price": _l("Price of one"), "cost": _l("Cost"),
    "category": _l("Category"), "time": _l("Time"), "customer": _l("Customer"), "product": _l("Product"),
    "quantity": _l("Quantity"), "amount": _l("Amount"), "sale": _l("Sale"), "method": _l("Way of paying"),
    "status": _l("Status"), "kind": _l("Kind"),
}  # fmt: skip
_UNITS = (("major", _l("whole units (yuan)")), ("minor", _l("hundredths (fen)")))
_REFUNDS = (
    ("negative", _l("negative amounts of their own")),
    ("positive", _l("positive amounts in rows that a condition finds")),
)
_EPOCHS = (("s", _l("seconds since 1970")), ("ms", _l("milliseconds since 1970")))
_WITH_REFUNDS = frozenset({"sales", "sale_lines", "payments"})


@dataclass(frozen=True)
class Expression(Text):
    """A line that is kept as it was typed: blanks and signs within quotes mean something."""

    def parse_text(self, text: str) -> str:
        kept = text.replace("\r", " ").replace("\n", " ").strip()
        self.check_length(kept)
        return kept

    def attributes(self) -> Mapping[str, str]:
        return {
            "maxlength": str(self.max_length),
            "list": "columns",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class RoleForm(Form):
    """The form of one role of a database."""

    def __init__(self, bench: Workbench, role: str) -> None:
        self.bench = bench
        self.role = cast("RoleName", role)
        super().__init__(_inputs(bench, self.role), _values(bench, role))

    def read_mapping(self, posted: Any) -> RoleProposal:
        """Return what was typed as a mapping; raise `Invalid` after noting every message."""
        values = self.read(posted)
        table = self.bench.table(values["table"] or "")
        former = self.bench.mapping(self.role)
        columns = tuple(
            (name, text) for name in CONTRACTS[self.role] if (text := values[COLUMN + name] or "")
        )
        stays = table is not None and former is not None and (former.schema, former.table) == _place(table)
        return RoleProposal(
            self.role,
            *(_place(table) if table is not None else ("", "")),
            columns,
            confidence=former.confidence if stays and former is not None else 0.0,
            evidence=former.evidence if stays and former is not None else (),
            parent=self._parent(values),
            filter=values["filter"] or "",
            unit=cast("Unit", values.get("unit") or ""),
            refunds=cast("Refunds", values.get("refunds") or ""),
            refund_filter=values.get("refund_filter") or "",
            epoch=cast("Epoch", values.get("epoch") or ""),
            currency=self.bench.source.currency,
            time_zone=self.bench.source.time_zone,
        )

    def _parent(self, values: Mapping[str, Any]) -> Parent | None:
        parent = self.bench.table(values["parent"] or "")
        if parent is None:
            return None
        try:
            return Parent(*_place(parent), read_join(values["on"] or ""))
        except ExpressionProblem as problem:
            errors = {"on": str(problem)}
            self.errors |= errors
            raise Invalid(errors) from None

    def suggestions(self) -> list[str]:
        """Return the columns that may be typed, of the tables chosen in the form as it stands."""
        nouns = {name: (self.texts[name] or [""])[0] for name in ("table", "parent")}
        chosen = {
            name: _place(row) for name, noun in nouns.items() if (row := self.bench.table(noun)) is not None
        }
        columns = self.bench.columns(chosen.values())
        return [
            ("parent." if name == "parent" else "") + quoted(each.name)
            for name, place in chosen.items()
            for each in columns.get(place, ())
            if each.is_shown and not each.is_parked
        ]


def place_form(bench: Workbench) -> Form:
    """Return the form of the currency and the time zone that a database counts in."""
    source = bench.source
    return Form(
        (
            Pick("currency", _l("Currency"), options=currencies),
            Pick("time_zone", _l("Time zone"), options=lambda: list(time_zones())),
        ),
        {"currency": source.currency or None, "time_zone": source.time_zone or None},
    )


def _place(table: Any) -> tuple[str, str]:
    return table.schema_name, table.name


def _inputs(bench: Workbench, role: RoleName) -> tuple[Field, ...]:
    inputs: list[Field] = [
        Pick("table", _l("Table"), required=True, options=_tables(bench)),
        Pick(
            "parent",
            _l("Belongs to a row of"),
            options=_tables(bench),
            help=_l("Such as the order of a line. Its columns are then written parent.name."),
        ),
        _expression("on", _l("By these columns"), help=_l("This table's column first: order_id = id")),
    ]
    inputs += (
        _expression(COLUMN + name, LABELS[name], required=name in NEEDED[role]) for name in CONTRACTS[role]
    )
    told = _l("Empty: all. Such as: status in (1, 2, 3) and deleted = 0")
    inputs.append(_expression("filter", _l("Which rows count"), help=told))
    if MONEY & set(CONTRACTS[role]):
        inputs.append(
            Pick("unit", _l("Amounts are in"), options=lambda: [(key, str(text)) for key, text in _UNITS])
        )
    if role in _WITH_REFUNDS:
        inputs.append(
            Pick(
                "refunds",
                _l("Refunds stand as"),
                options=lambda: [(key, str(text)) for key, text in _REFUNDS],
            )
        )
        inputs.append(
            _expression("refund_filter", _l("Rows that are refunds"), visible_when=("refunds", ("positive",)))
        )
    if "time" in CONTRACTS[role]:
        inputs.append(
            Pick(
                "epoch",
                _l("The time counts"),
                options=lambda: [(key, str(text)) for key, text in _EPOCHS],
                help=_l("Empty where it is a date and time."),
            )
        )
    return tuple(inputs)


def _expression(name: str, label: Any, **more: Any) -> Expression:
    return Expression(name, label, max_length=LONGEST, **more)


def _tables(bench: Workbench) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(each.noun, _called(each)) for each in bench.tables]


def _called(table: Any) -> str:
    name = f"{table.schema_name}.{table.name}" if table.schema_name else table.name
    return name if str(table.label) == table.name else f"{table.label} ({name})"


def _values(bench: Workbench, role: str) -> dict[str, Any]:
    mapping = bench.mapping(role)
    if mapping is None:
        return {}
    parent = mapping.parent
    found: dict[str, Any] = {
        "table": bench.noun(mapping.schema, mapping.table) or None,
        "parent": (bench.noun(parent.schema, parent.table) or None) if parent else None,
        "on": " and ".join(f"{quoted(own)} = {quoted(other)}" for own, other in parent.on)
        if parent
        else None,
        "filter": mapping.filter or None,
        "unit": mapping.unit or None,
        "refunds": mapping.refunds or None,
        "refund_filter": mapping.refund_filter or None,
        "epoch": mapping.epoch or None,
    }
    return found | {COLUMN + name: text for name, text in mapping.columns}


def role_label(role: str) -> str:
    """Return what a role is called."""
    return str(Role(role).label)
