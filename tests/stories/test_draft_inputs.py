"""Every kind of input that a form has is read into a draft and put back as it stood."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template_string

from app.core import fields
from app.panel.form_models import FormField
from tests.stories.visit import Visit

CHOICES = (("a", "First"), ("b", "Second"), ("c", "Third"))
PICK = "/people/tag/pick"
INPUTS = (
    FormField("one", "Text", "text"),
    FormField("lines", "Lines", "textarea"),
    FormField("count", "Number", "number"),
    FormField("hours", "Quantity", "quantity", unit="h"),
    FormField("price", "Money", "money", unit="¥"),
    FormField("day", "Day", "date"),
    FormField("at", "Moment", "datetime"),
    FormField("kind", "Choice", "select", choices=CHOICES),
    FormField("kinds", "Choices", "select", choices=CHOICES, multiple=True),
    FormField("marks", "Ticks", "ticks", choices=CHOICES),
    FormField("is_on", "Yes or no", "checkbox"),
    FormField("was_on", "No longer", "checkbox", values=("1",)),
    FormField("owner", "Link", "picker", pick_url=PICK, selected=(("old", "Old one"),)),
    FormField("tags", "Links", "picker", pick_url=PICK, multiple=True, selected=(("x", "Ex"),)),
    FormField("paper", "File", "file"),
    FormField("photo", "Picture", "image"),
)
TYPED = {
    "texts": {
        "one": ['"><b>王'],
        "lines": ["first\nsecond"],
        "count": ["12"],
        "hours": ["2.5"],
        "price": ["1,234.50"],
        "day": ["2026-03-05"],
        "at": ["2026-03-05T14:30"],
        "kind": ["b"],
        "kinds": ["a", "c"],
        "marks": ["b", "c"],
        "is_on": ["1"],
        "was_on": [],
        "owner": ["new"],
        "tags": ["y", "z"],
    },
    "picked": {"owner": [["new", "New one"]], "tags": [["y", "Why"], ["z", "Zed"]]},
    "files": False,
}
FILL = """async ([form, typed]) => {
  const { read, fill, differences } = await import("/static/js/typed.js");
  const main = document.createElement("main");
  main.innerHTML = form;
  document.querySelector("main").replaceWith(main);
  document.dispatchEvent(new CustomEvent("page:part", { detail: main }));
  const shown = main.querySelector("form");
  const before = differences(shown, typed).map((each) => each.label);
  fill(shown, typed);
  return { before, after: differences(shown, typed), now: read(shown) };
}"""


def widgets() -> set[str]:
    """Return the widgets of all kinds of field."""
    kinds = [getattr(fields, name) for name in fields.__all__]
    return {kind.widget for kind in kinds if isinstance(kind, type) and issubclass(kind, fields.Field)}


def test_every_input_is_put_back_as_it_was_typed(visit: Visit) -> None:
    if visit.variant.is_phone:
        pytest.skip("told once in each language is enough")
    assert widgets() == {each.widget for each in INPUTS}
    each = "{% for f in inputs %}{{ field(f) }}{% endfor %}"
    template = f"{{% from '_fields.html' import field %}}<form data-guard>{each}</form>"
    with visit.shop.app.test_request_context("/"):
        form = render_template_string(template, inputs=INPUTS)
    visit.sign_in("owner")
    visit.go("/people/customer/add")
    visit.ready()

    found: dict[str, Any] = visit.page.evaluate(FILL, [form, TYPED])

    labels = {each.label for each in INPUTS if each.widget not in ("file", "image")}
    assert set(found["before"]) == labels
    assert found["after"] == []
    assert found["now"] == TYPED
