"""A list of texts on disk: an XLSX keeps its texts apart from its cells, and there may be millions of them."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Spool:
    """Texts by number, drawn from `source` only as far as somebody has asked; nothing but their places in memory."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._ends = array("Q", [0])

    def __getitem__(self, number: int) -> str:
        """Return a text; raise IndexError when there are fewer."""
        while number >= len(self._ends) - 1:
            self._draw()
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")

    def _draw(self) -> None:
        text = next(self._source, None)
        if text is None:
            raise IndexError
        encoded = text.encode("utf-8", "surrogatepass")
        self._file.seek(self._ends[-1])
        self._file.write(encoded)
        self._ends.append(self._ends[-1] + len(encoded))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
