"""Text tables: which sign stands between the columns, and the rows, one by one."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from flask_babel import gettext as _

from app.panel.importing.errors import Unreadable

DELIMITERS = (",", "\t", ";", "|")
LONGEST_CELL = 16 * 1024 * 1024
_SAMPLE_ROWS = 50
_DECLARED = re.compile(r'^"?sep=(.)"?\s*$')

# One limit for the process: a cell of ten megabytes is a refused row, an unclosed quotation mark a refused file.
csv.field_size_limit(LONGEST_CELL)


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the sign that cuts the sample into the most regular columns; a comma when nothing cuts it."""
    if lines and (match := _DECLARED.match(lines[0])):
        return match[1]
    return max(DELIMITERS, key=lambda sign: (_regularity(lines, sign), -DELIMITERS.index(sign)))


def _regularity(lines: Sequence[str], sign: str) -> float:
    """Return how many cells the sample has in rows of its commonest width; 0 when that width is one."""
    try:
        widths = Counter(len(row) for row in islice(csv.reader(lines, delimiter=sign), _SAMPLE_ROWS) if row)
    except csv.Error:
        return 0
    regular = {width: count * width for width, count in widths.items() if width > 1}
    return max(regular.values(), default=0) / max(1, len(widths))


def rows_of_text(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row that is not blank; raise `Unreadable` where a cell never ends."""
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    try:
        for row in reader:
            number += 1
            if number == 1 and len(row) <= 2 and _DECLARED.match(delimiter.join(row)):
                continue
            if any(cell and not cell.isspace() for cell in row):
                yield number, row
    except csv.Error as error:
        raise Unreadable(
            _(
                "Row %(number)d has a cell that never ends: probably a quotation mark is not closed.",
                number=number + 1,
            )
        ) from error
