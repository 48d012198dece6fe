"""A page's form as a browser without scripts would send it: every named input with what stands in it."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inputs: MultiDict[str, str] = MultiDict()
        self.inside = False
        self.text: tuple[str, list[str]] | None = None
        self.select: tuple[str, bool, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = "data-guard" in given
        if not self.inside:
            return
        if tag == "option" and self.select is not None:
            self.select[2].append((given.get("value", ""), "selected" in given))
        elif "name" in given and tag == "input":
            self._input(given)
        elif "name" in given and tag == "textarea":
            self.text = (given["name"], [])
        elif "name" in given and tag == "select":
            self.select = (given["name"], "multiple" in given, [])

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "file" or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.inputs.add(given["name"], given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.text is not None:
            self.inputs.add(self.text[0], "".join(self.text[1]).removeprefix("\n"))
            self.text = None
        elif tag == "select" and self.select is not None:
            name, many, options = self.select
            chosen = [value for value, selected in options if selected]
            # A browser sends the first option where none is chosen.
            for value in chosen if many else chosen[:1] or [value for value, _selected in options[:1]]:
                self.inputs.add(name, value)
            self.select = None


def form_of(page: str) -> MultiDict[str, str]:
    """Return the inputs of a page's guarded form, in order, several of one name included."""
    reader = _Reader()
    reader.feed(page)
    return reader.inputs
