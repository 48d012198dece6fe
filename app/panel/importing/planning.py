"""Planning: what would become of each row, by the form's own field types and rules, a chunk of rows at a time.

A chunk costs a number of statements that depends on the mapping, never on how many rows it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy.orm import InstrumentedAttribute

from app.core import fields
from app.core.declaration import Screen
from app.core.fields.base import FieldProblem
from app.panel.columns import Key, column_of, key_of
from app.panel.exporting import machine_text, without_mark
from app.panel.importing.copied import Memory, still_there
from app.panel.importing.linking import Found, Linker, by_key, key_of_token, keys_by, words_in
from app.panel.importing.mapping import KEY, Use, targets
from app.panel.importing.mapping import Mapping as Plan
from app.panel.importing.origins import UNREADABLE_SIGN
from app.panel.importing.reading import Row
from app.panel.importing.values import Reader, is_blank, reader_of
from app.panel.importing.words import plain
from app.panel.importing.workfile import WorkFile, mark_of
from app.panel.rules import standing_values, told
from app.panel.uniqueness import Holder, holders, objection

CHUNK = 500
Kind = Literal["insert", "update", "same", "refused"]
_TOTAL = re.compile(r"(合计|总计|小计|共计|累计|总数|grandtotal|subtotal|total|sum)\d*\D{0,2}", re.IGNORECASE)


@dataclass
class Verdict:
    """What becomes of one row: `values` are those to be written, `reasons` say why it is refused.

    `origin` is the token of the copied row. `is_total` marks a line of totals below the table, which is no record and
    stands in nobody's way.
    """

    number: int
    kind: Kind = "insert"
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)
    key: Key | None = None
    record: Any = None
    blank: frozenset[str] = frozenset()
    is_total: bool = False
    origin: str = ""
    marks: dict[bytes, str] = field(default_factory=dict)

    def reasons(self, screen: Screen) -> list[str]:
        """Return in words why the row is refused, each beginning with the field it is about."""
        return [
            _("%(label)s: %(message)s", label=screen.fields[name].label, message=message)
            if name in screen.fields
            else str(message)
            for name, message in self.errors.items()
        ]


class Planner:
    """Plans the rows of one file; `may` says whether the person holds a permission, `work` knows earlier rows.

    `copied` remembers what rows of a table have become, where they come out of one; their first cell is their token.
    """

    def __init__(
        self,
        screen: Screen,
        mapping: Plan,
        work: WorkFile,
        may: Callable[[str], bool],
        copied: Memory | None = None,
    ) -> None:
        self.screen, self.mapping, self._work, self._copied = screen, mapping, work, copied
        self._fields = {entry.name: entry for entry in targets(screen)}
        self._masked = {name for name, entry in self._fields.items() if entry.masked}
        self._may_add = "add" in screen.verbs and may(screen.permission("add"))
        self._may_edit = "edit" in screen.verbs and may(screen.permission("edit"))
        styles = {use.field: use for use in mapping.uses}
        self._readers: dict[str, Reader] = {}
        self._linkers: dict[str, Linker] = {}
        for name in mapping.filled:
            if name == KEY:
                continue
            entry = self._fields[name]
            if isinstance(entry, fields.Link | fields.Links):
                self._linkers[name] = Linker(entry, may, exact=mapping.exact)
            else:
                self._readers[name] = reader_of(entry, styles.get(name, Use()).dates, exact=mapping.exact)

    def plan(self, rows: Sequence[Row]) -> list[Verdict]:
        """Return the verdict on each of these rows, in order."""
        cells = [self._cells_of(row) for row in rows]
        verdicts = [self._read(number, found) for (number, _cells), found in zip(rows, cells, strict=True)]
        if self._copied is not None:
            for verdict, (_number, row) in zip(verdicts, rows, strict=True):
                verdict.origin = row[0]
        open_rows = [
            (verdict, found) for verdict, found in zip(verdicts, cells, strict=True) if not verdict.is_total
        ]
        self._link(open_rows)
        self._match(open_rows)
        self._judge(
            [verdict for verdict, _found in open_rows], dict(zip(map(id, verdicts), cells, strict=True))
        )
        return verdicts

    # --- What the cells say -------------------------------------------------------------------------

    def _cells_of(self, row: Row) -> dict[str, str]:
        cells = row[1]
        found = {
            use.field: cells[at] if at < len(cells) else ""
            for at, use in enumerate(self.mapping.uses)
            if use.field
        }
        return {**self.mapping.constants, **found}

    def _read(self, number: int, cells: Mapping[str, str]) -> Verdict:
        verdict = Verdict(number)
        if not self.mapping.exact and self._copied is None and self._is_total(cells):
            verdict.kind, verdict.is_total = "refused", True
            verdict.errors[""] = _("This looks like a line of totals, not like a record.")
            return verdict
        verdict.blank = frozenset(name for name, text in cells.items() if is_blank(text))
        for name, read in self._readers.items():
            if name in verdict.blank and self._fields[name].required:
                continue  # whether a record fills it already shows later
            try:
                verdict.values[name] = read(cells[name])
            except FieldProblem as problem:
                verdict.errors[name] = problem.message
            if self._copied is not None and UNREADABLE_SIGN in cells[name]:
                verdict.errors[name] = _(
                    "This text holds signs that can't be read; the database keeps it in another encoding."
                )
        return verdict

    def _is_total(self, cells: Mapping[str, str]) -> bool:
        """Say whether a row begins with a word for totals and holds nothing but numbers besides."""
        filled = [
            (name, text)
            for name, text in cells.items()
            if text.strip() and name not in self.mapping.constants
        ]
        if not filled or not _TOTAL.fullmatch(plain(filled[0][1])):
            return False
        numbers = (fields.WholeNumber, fields.Quantity, fields.Money)
        return all(name != KEY and isinstance(self._fields[name], numbers) for name, _text in filled[1:])

    def _link(self, rows: Sequence[tuple[Verdict, Mapping[str, str]]]) -> None:
        """Turn the words of link columns into records."""
        for name, linker in self._linkers.items():
            words = [words_in(linker.field, without_mark(cells[name])) for _verdict, cells in rows]
            found = linker.records(word for each in words for word in each)
            for (verdict, _cells), named in zip(rows, words, strict=True):
                meant = [found[word] for word in named]
                problems = [each for each in meant if isinstance(each, FieldProblem)]
                if problems:
                    verdict.errors[name] = problems[0].message
                elif isinstance(linker.field, fields.Links):
                    verdict.values[name] = list({id(each): each for each in meant}.values())
                elif meant or not linker.field.required:
                    verdict.values[name] = meant[0] if meant else None

    # --- Which records there are already ------------------------------------------------------------

    def _match(self, rows: Sequence[tuple[Verdict, Mapping[str, str]]]) -> None:
        """Find the record that each row belongs to, and load it with what the row may change."""
        if self._copied is not None:
            self._match_copied([verdict for verdict, _cells in rows])
        if self.mapping.key == KEY:
            for verdict, cells in rows:
                self._read_key(verdict, cells[KEY])
        elif self.mapping.key:
            self._match_by(
                self.mapping.key.split("+"), [verdict for verdict, _cells in rows if verdict.key is None]
            )
        keys = {verdict.key for verdict, _cells in rows if verdict.key is not None}
        known = by_key(self.screen, keys, tuple(self._fields))
        for verdict, _cells in rows:
            if verdict.key is None:
                continue
            verdict.record = known.get(verdict.key)
            if verdict.record is not None and self.screen.has_trash and verdict.record.deleted_at is not None:
                verdict.errors[""] = _("This record lies in the trash. Put it back first.")
        if self._copied is not None:
            self._settle_copied([verdict for verdict, _cells in rows])

    def _match_copied(self, verdicts: Sequence[Verdict]) -> None:
        """Let each row belong to the record that it became the last time."""
        assert self._copied is not None
        known = self._copied.keys_of(verdict.origin for verdict in verdicts)
        for verdict in verdicts:
            if verdict.origin in known:
                verdict.key = (known[verdict.origin],)

    def _settle_copied(self, verdicts: Sequence[Verdict]) -> None:
        """A record that is gone is made anew; one that two rows are about is changed by the first of them alone."""
        lost = {verdict.key[0] for verdict in verdicts if verdict.key is not None and verdict.record is None}
        standing = still_there(self.screen.model, lost)  # type: ignore[arg-type]
        for verdict in verdicts:
            if verdict.key is None:
                continue
            if verdict.record is not None:
                verdict.marks[mark_of("copied record", verdict.key)] = ""
            elif verdict.key[0] in standing:
                verdict.errors[""] = _(
                    "This row was copied before, into a record that is not yours to change."
                )
            else:
                verdict.key = None

    def _read_key(self, verdict: Verdict, text: str) -> None:
        if not text.strip():
            return
        verdict.key = key_of_token(self.screen, text.strip())
        if verdict.key is None:
            verdict.errors[""] = _("This is no key of such a record.")
        else:
            verdict.marks[mark_of(KEY, text.strip())] = ""

    def _match_by(self, names: Sequence[str], verdicts: Sequence[Verdict]) -> None:
        columns = [column_of(self.screen, self._fields[name]) for name in names]
        values = {}
        for verdict in verdicts:
            value = tuple(_stored(self._fields[name], verdict.values.get(name)) for name in names)
            if all(part is not None for part in value):
                values[id(verdict)] = value
                verdict.marks[mark_of(self.mapping.key, value)] = names[-1]
        found = keys_by(self.screen, columns, set(values.values()))
        for verdict in verdicts:
            if id(verdict) in values:
                self._take(verdict, found.get(values[id(verdict)]), names[-1])
        self._match_nameless(names, columns, [verdict for verdict in verdicts if id(verdict) not in values])

    def _match_nameless(
        self, names: Sequence[str], columns: Sequence[InstrumentedAttribute[Any]], verdicts: Sequence[Verdict]
    ) -> None:
        """Match rows without a key by their title among the records without one, so that a second import adds none."""
        title = self.screen.title
        if title not in self._readers or title in names or len(names) > 1 or not columns[0].nullable:
            return
        titled = [verdict for verdict in verdicts if verdict.values.get(title) and names[0] in verdict.blank]
        for verdict in titled:
            verdict.marks[mark_of(f"{self.mapping.key} or {title}", verdict.values[title])] = title
        column = column_of(self.screen, self._fields[title])
        found = keys_by(
            self.screen, [column], {(verdict.values[title],) for verdict in titled}, columns[0].is_(None)
        )
        for verdict in titled:
            self._take(verdict, found.get((verdict.values[title],)), title)

    def _take(self, verdict: Verdict, found: Found | None, name: str) -> None:
        if found is not None and found.is_ambiguous:
            verdict.errors[name] = _(
                "Several records have this already. Choose another field to find records by."
            )
        elif found is not None:
            verdict.key = found.key

    # --- The verdicts -------------------------------------------------------------------------------

    def _judge(self, verdicts: Sequence[Verdict], cells: Mapping[int, Mapping[str, str]]) -> None:
        for verdict in verdicts:
            self._settle_blanks(verdict, cells[id(verdict)])
        taken = self._taken(verdicts)
        for verdict in verdicts:
            self._check_unique(verdict, taken)
            self._check_rules(verdict)
            self._check_rights(verdict)
        self._check_repeats(verdicts)
        for verdict in verdicts:
            verdict.kind = self._kind(verdict)

    def _settle_blanks(self, verdict: Verdict, cells: Mapping[str, str]) -> None:
        """Leave alone what a blank cell must not empty, and name what is missing."""
        if verdict.record is not None:
            kept = verdict.blank if not self.mapping.clear else self._masked & set(verdict.blank)
            for name in kept:
                verdict.values.pop(name, None)
                verdict.errors.pop(name, None)
        if verdict.record is not None and self.mapping.exact:
            self._keep_present(verdict, cells)
        for name, entry in self._fields.items():
            if not entry.required or name in verdict.values or name in verdict.errors:
                continue
            emptied = name in verdict.blank and self.mapping.clear and not entry.masked
            if verdict.record is None or emptied:
                verdict.errors[name] = _("Please fill this in.")

    def _keep_present(self, verdict: Verdict, cells: Mapping[str, str]) -> None:
        """What reads as it stands is left alone, also what could not be entered anew, such as a link to the trash."""
        for name in (*self._linkers, *self._readers):
            if machine_text(self._fields[name], getattr(verdict.record, name)) == without_mark(cells[name]):
                verdict.values.pop(name, None)
                verdict.errors.pop(name, None)

    def _taken(self, verdicts: Sequence[Verdict]) -> dict[str, dict[Any, Holder]]:
        taken = {}
        for rule in self.screen.unique:
            values = {value for verdict in verdicts if (value := verdict.values.get(rule.field)) is not None}
            if values:
                taken[rule.field] = holders(self.screen, rule, values)
        return taken

    def _check_unique(self, verdict: Verdict, taken: Mapping[str, Mapping[Any, Holder]]) -> None:
        own = key_of(self.screen, verdict.record) if verdict.record is not None else None
        for rule in self.screen.unique:
            value = verdict.values.get(rule.field)
            if value is None:
                continue
            verdict.marks[mark_of(rule.field, value)] = rule.field
            holder = taken.get(rule.field, {}).get(value)
            if holder is not None and holder.key != own:
                verdict.errors.setdefault(rule.field, objection(rule, holder))

    def _check_rules(self, verdict: Verdict) -> None:
        if self.screen.rules is None:
            return
        present = (
            {} if verdict.record is None else {name: getattr(verdict.record, name) for name in self._fields}
        )
        if verdict.record is not None:
            present |= standing_values(self.screen, verdict.record)
        found = told(self.screen, self.screen.rules(verdict.record, {**present, **verdict.values}))
        for name, message in found.items():
            verdict.errors.setdefault(name, message)

    def _check_rights(self, verdict: Verdict) -> None:
        if verdict.record is None and not self._may_add:
            verdict.errors.setdefault("", _("There is no such record yet, and your role may not add one."))
        elif verdict.record is not None and not self._may_edit and self._changes(verdict):
            verdict.errors.setdefault("", _("Your role may not change this record."))

    def _check_repeats(self, verdicts: Sequence[Verdict]) -> None:
        """Refuse a row that says again what an earlier, accepted one of this file said."""
        seen = self._work.seen([mark for verdict in verdicts if not verdict.errors for mark in verdict.marks])
        for verdict in verdicts:
            if verdict.errors:
                continue
            for mark, name in verdict.marks.items():
                if mark in seen:
                    verdict.errors[name] = _("Row %(number)d of this file has the same.", number=seen[mark])
            if not verdict.errors:
                seen.update(dict.fromkeys(verdict.marks, verdict.number))

    def _kind(self, verdict: Verdict) -> Kind:
        if verdict.errors:
            return "refused"
        if verdict.record is None:
            return "insert"
        return "update" if self._changes(verdict) else "same"

    def _changes(self, verdict: Verdict) -> bool:
        return any(
            differs(self._fields[name], getattr(verdict.record, name), value)
            for name, value in verdict.values.items()
        )


def differs(entry: fields.Field, present: Any, wanted: Any) -> bool:
    """Say whether a value would change anything: what reads the same in its exact form is the same."""
    if entry.masked:
        # A dry run that says “the same” would tell whoever guessed the value that it is right.
        return True
    if present == wanted:
        return False
    if isinstance(entry, fields.Links):
        return {id(each) for each in present} != {id(each) for each in wanted}
    return machine_text(entry, present) != machine_text(entry, wanted)


def _stored(entry: fields.Field, value: Any) -> Any:
    """Return what the column that a key is matched by would keep for a value; None for none."""
    if value is None or not isinstance(entry, fields.Link):
        return value
    return getattr(value, key_columns_of(value)[0])


def key_columns_of(record: Any) -> tuple[str, ...]:
    """Return the names of a record's key attributes."""
    return tuple(column.key for column in type(record).__mapper__.primary_key)
