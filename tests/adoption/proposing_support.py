"""Databases to propose for, their answer keys, and how well proposals agree with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, MetaData, Table, create_engine

from app.adoption.connecting import open_adopted
from app.adoption.proposing import ColumnProposal, DatabaseProposal, RoleProposal, TableProposal, propose
from app.adoption.proposing.expression_nodes import Joined, Name, renamed
from app.adoption.proposing.expressions import parse_condition, parse_value
from app.adoption.proposing.sampling import sample
from app.adoption.reflecting import sketch
from app.adoption.sketches import DatabaseSketch

HERE = Path(__file__).parent
# The databases whose schemas stand here.
OWN = ("pet_shop", "pharmacy")
Open = Callable[[str, str], "Adopted"]
_COMMENT = re.compile(r"\s+COMMENT\s*=?\s*'(?:[^']|'')*'", re.IGNORECASE)


def answers(name: str) -> dict[str, Any]:
    """Return an answer key."""
    return yaml.safe_load((HERE / "answers" / f"{name}.yaml").read_text(encoding="utf-8"))


def schema_script(name: str, *, plain: bool) -> str:
    """Return the SQL of a schema written for these tests; `plain` without comments and what SQLite does not know."""
    script = (HERE / "schemas" / f"{name}.sql").read_text(encoding="utf-8")
    if not plain:
        return script
    script = re.sub(r"^COMMENT ON .*?;$", "", script, flags=re.MULTILINE)
    script = _COMMENT.sub("", script)
    script = re.sub(r",?\s*(?:UNIQUE )?KEY \w+ \([^)]*\)(?=[,\n])", "", script)
    return script.replace(" AUTO_INCREMENT", "").replace("SERIAL", "INTEGER")


@dataclass
class Adopted:
    """A database with what was read of it and what is proposed for it."""

    engine: Engine
    sketch: DatabaseSketch
    tables: dict[tuple[str, str], Table]
    proposal: DatabaseProposal = field(init=False)

    def __post_init__(self) -> None:
        self.proposal = propose(self.sketch, sample(self.engine, self.sketch))


def adopt(address: str) -> Adopted:
    """Look at a database as the program does, and propose for it."""
    looking = open_adopted(address, read_only=True)
    found = sketch(looking)
    looking.dispose()
    engine = create_engine(address)
    metadata = MetaData()
    metadata.reflect(engine)
    return Adopted(engine, found, {("", table.name): table for table in metadata.tables.values()})


def plain_name(name: str) -> str:
    """Return a name as the three builds of one database share it."""
    return re.sub(r"[\s_]", "", name).lower()


@dataclass
class Score:
    """How many answers were right, and what was wrong with the others."""

    database: str
    right: int = 0
    of: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.right / self.of if self.of else 0.0

    def count(self, problems: list[str], what: str) -> None:
        """Count one answer."""
        self.of += 1
        self.right += not problems
        if problems:
            self.wrong.append(f"{self.database} {what}: {'; '.join(problems)}")


def score_columns(name: str, proposal: DatabaseProposal) -> Score:
    """Return how many columns of the key are wholly right."""
    score = Score(name)
    for table_name, wanted in answers(name)["tables"].items():
        table = _table(proposal, table_name)
        for column_name, answer in wanted["columns"].items():
            column = _column(table, column_name) if table else None
            problems = column_problems(column, answer) if column else ["not there"]
            score.count(problems, f"{table_name}.{column_name}")
    return score


def score_tables(name: str, proposal: DatabaseProposal) -> Score:
    """Return how many labels, titles and orders of tables are right."""
    score = Score(f"{name} (tables)")
    for table_name, wanted in answers(name)["tables"].items():
        table = _table(proposal, table_name)
        if table is None:
            score.count(["not there"], table_name)
            continue
        zh, en = wanted["label"].split(" / ")
        score.count(
            _label_problems(table.label_zh.value, table.label_en.value, zh, en), f"{table_name} label"
        )
        if "title" in wanted:
            got = "+".join(map(plain_name, table.title.value))
            score.count(
                _same(got, [_plain_list(each) for each in wanted["title"].split("|")]), f"{table_name} title"
            )
        if "sort" in wanted:
            score.count(
                _same(plain_name(table.sort.value), [plain_name(each) for each in wanted["sort"].split("|")]),
                f"{table_name} sort",
            )
    return score


def _plain_list(text: str) -> str:
    return "+".join(plain_name(each) for each in text.split("+"))


def _same(got: str, wanted: list[str]) -> list[str]:
    return [] if got in wanted else [f"{got!r} instead of {'|'.join(wanted)}"]


def _table(proposal: DatabaseProposal, names: str) -> TableProposal | None:
    plain = {plain_name(each) for each in names.split("|")}
    return next((each for each in proposal.tables if plain_name(each.name) in plain), None)


def _column(table: TableProposal, name: str) -> ColumnProposal | None:
    return next((each for each in table.columns if plain_name(each.name) == plain_name(name)), None)


def _label_problems(got_zh: str, got_en: str, zh: str, en: str) -> list[str]:
    problems = []
    if got_zh.lower() not in [each.strip().lower() for each in zh.split("|")]:
        problems.append(f"zh {got_zh!r} instead of {zh}")
    if got_en.lower() not in [each.strip().lower() for each in en.split("|")]:
        problems.append(f"en {got_en!r} instead of {en}")
    return problems


def column_problems(column: ColumnProposal, answer: str) -> list[str]:
    """Return in which facets a proposal differs from the answer."""
    labels, *facets = answer.split(";")
    zh, en = labels.split(" / ")
    problems = _label_problems(column.label_zh.value, column.label_en.value, zh, en)
    wanted = dict((facet.strip() + " ").split(" ", 1) for facet in facets)
    stamp = next(
        (each for each in ("created_at", "created_by", "changed_at", "changed_by") if each in wanted), ""
    )
    codes = ",".join(f"{each.code}={each.text}" for each in column.choices.value)
    pairs = (
        ("stamp", column.stamp.value, stamp),
        ("money", column.money.value, wanted.get("money", "").strip()),
        ("epoch", column.epoch.value, wanted.get("epoch", "").strip()),
        ("personal", column.personal.value, wanted.get("personal", "").strip()),
        ("choices", codes, wanted.get("choices", "").strip()),
        ("deleted", column.deleted.value, "deleted" in wanted),
        ("image", column.image.value, "image" in wanted),
        ("secret", column.secret.value, "secret" in wanted),
        ("yes_no", column.yes_no.value, "yes_no" in wanted),
    )
    problems += [f"{name} {got!r} instead of {want!r}" for name, got, want in pairs if got != want]
    return problems


def score_roles(name: str, proposal: DatabaseProposal) -> Score:
    """Return how many roles, and columns and filters of roles, are as the key says."""
    score = Score(f"{name} (roles)")
    key = answers(name)
    for role, wanted in key["roles"].items():
        found = proposal.role(role)
        for what, value in wanted.items():
            got = _role_part(found, what) if found else None
            score.count(
                [] if got in _accepted(what, value) else [f"{got!r} instead of {value!r}"], f"{role}.{what}"
            )
    for role in key["absent"]:
        score.count([] if proposal.role(role) is None else ["is not played by any table"], role)
    return score


def _role_part(role: RoleProposal, what: str) -> str:
    if what in ("table", "unit", "refunds"):
        return plain_name(getattr(role, what))
    if what == "parent":
        return plain_name(role.parent.table) if role.parent else ""
    if what == "filter":
        return _plain_condition(role.filter)
    return _plain_value(role.expression(what))


def _accepted(what: str, value: str) -> list[str]:
    spellings = value.split("|")
    if what in ("table", "unit", "refunds", "parent"):
        return [plain_name(each) for each in spellings]
    if what == "filter":
        return [_plain_condition(each) for each in spellings]
    return [_plain_value(each) for each in spellings]


def _plain_value(text: str) -> str:
    if not text:
        return ""
    concat = re.fullmatch(r"concat\((.*)\)", text)
    if concat or ("+" in text and "*" not in text):
        parts = re.split(r",|\+", concat[1] if concat else text)
        return "+".join(plain_name(part) for part in parts if "'" not in part)
    return str(renamed(parse_value(text), lambda name: Name(plain_name(name.column))))


def _plain_condition(text: str) -> str:
    if not text:
        return ""
    node = renamed(parse_condition(text), lambda name: Name(plain_name(name.column)))
    parts = node.parts if isinstance(node, Joined) and node.word == "and" else (node,)
    return " and ".join(sorted(map(str, parts)))


def report(scores: list[Score]) -> str:
    """Return the table of scores and everything that was wrong."""
    lines = [f"{each.database:24} {each.right:4} of {each.of:4}  {each.share:6.1%}" for each in scores]
    right, of = sum(each.right for each in scores), sum(each.of for each in scores)
    lines.append(f"{'altogether':24} {right:4} of {of:4}  {right / of:6.1%}")
    return "\n".join([*lines, "", *(wrong for each in scores for wrong in each.wrong)])
