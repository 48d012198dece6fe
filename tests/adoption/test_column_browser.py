"""A real browser sends back what an untouched form shows, so that nothing is taken for changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from flask import Flask, get_template_attribute

from app.panel.choosing import choices_of
from app.panel.form_models import FormField
from app.panel.writing import digest
from tests.adoption.column_values import CASES, Case
from tests.adoption.column_workshop import Bench, same
from tests.adoption.test_columns import Workshops, bench_of
from tests.support.databases import BACKENDS, why_missing

ADDRESS = "http://forms.test/"


def _input(bench: Bench, name: str, value: Any) -> FormField:
    entry = bench.entry
    raw = entry.raw(value)
    return FormField(
        name=name,
        label=name,
        widget=entry.widget,
        values=tuple(raw),
        required=entry.required,
        multiple=entry.multiple,
        attributes=dict(entry.attributes()),
        choices=choices_of(entry, raw),
    )


def _sent(browser: Any, html: str) -> dict[str, list[str]]:
    """Return what Chromium sends for a page's form when its button is pressed, by input."""
    bodies: list[str] = []

    def answer(route: Any) -> None:
        if route.request.method == "POST":
            bodies.append(route.request.post_data)
        route.fulfill(
            body=html if route.request.method == "GET" else "ok", content_type="text/html; charset=utf-8"
        )

    page = browser.new_page()
    try:
        page.route("**/*", answer)
        page.goto(ADDRESS)
        page.click("#send")
        page.wait_for_url(f"{ADDRESS}sent")
    finally:
        page.close()
    return parse_qs(bodies[0], keep_blank_values=True, strict_parsing=True)


def test_an_untouched_form_of_every_value_comes_back_as_it_was_shown(
    app: Flask, browser: Any, workshops: Workshops
) -> None:
    shown: dict[str, tuple[Case, Bench, Any]] = {}
    for case in (each for each in CASES if not why_missing(each.backend)):
        bench = bench_of(workshops, case)
        if bench.entry.widget != "file":
            shown |= {
                f"i{len(shown) + place}": (case, bench, value)
                for place, value in enumerate(bench.values().values())
            }
    with app.test_request_context():
        macro = get_template_attribute("_fields.html", "field")
        inputs = "".join(
            str(macro(_input(bench, name, value))) for name, (_case, bench, value) in shown.items()
        )
    html = f'<!doctype html><form method="post" action="/sent">{inputs}<button id="send">Send</button></form>'

    sent = _sent(browser, html)

    assert len(shown) > 200 * len([backend for backend in BACKENDS if not why_missing(backend)]) / 2
    for name, (case, bench, value) in shown.items():
        raw, came = bench.entry.raw(value), sent.get(name, [])
        assert digest(came) == digest(raw), (str(case), raw, came)
        if value is not None:
            assert same(bench.entry.parse(came), value), (str(case), raw, came)
