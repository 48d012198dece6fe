"""The pages around lists, as a person sees them: conditions, views, columns, many rows at once, and jobs."""

from __future__ import annotations

from tests.stories.places import Place, at
from tests.stories.visit import Visit

CUSTOMERS = "/people/customer/"
CONDITIONS = (
    '?where={"all":[["name","has","王"],{"any":[["source","any","wechat"],["created_at","last","30"]]},'
    '{"has":"people:contact.customer","all":[["subject","filled"]]}]}'
)


def _sheet(visit: Visit) -> None:
    visit.go(CUSTOMERS + CONDITIONS)
    visit.page.locator("[data-builder]").first.click()
    visit.page.locator("dialog [name='r-0.field']").wait_for()


def _select(visit: Visit) -> None:
    visit.go(CUSTOMERS)
    visit.ready()
    visit.page.locator("[data-select]").click()
    for place in (0, 2):
        visit.page.locator("tbody tr").nth(place).click(position={"x": 60, "y": 20})


def _ask(visit: Visit) -> None:
    _select(visit)
    visit.button("Change fields").click()
    visit.page.locator("#op-notes").wait_for()


def _outlook(visit: Visit) -> None:
    _ask(visit)
    visit.page.locator("#op-notes").select_option("set")
    visit.page.locator("#f-notes").fill("春季回访 / Spring call")
    visit.button("See what would happen").click()
    visit.button("Do it now").wait_for()


def _result(visit: Visit) -> None:
    _outlook(visit)
    visit.button("Do it now").click()
    visit.link("See every change, or take all of it back").wait_for()


def _cell(visit: Visit) -> None:
    visit.go(f"{CUSTOMERS}?columns=name,wechat,phone")
    visit.ready()
    if not visit.variant.is_phone:
        visit.page.locator("tbody tr").first.locator("td").nth(2).dblclick()
        visit.field("WeChat").wait_for()


def _unreadable(visit: Visit) -> None:
    visit.go(f"{CUSTOMERS}?f.shoe=1&sort=shoe&where=(")


LISTS = (
    Place("conditions", at(f"{CUSTOMERS}filter{CONDITIONS}")),
    Place("conditions-sheet", _sheet),
    Place("conditions-said", at(CUSTOMERS + CONDITIONS)),
    Place("view-form", at(f"/views{CUSTOMERS}add?arguments=f.source%3Dwechat")),
    Place("columns", at(f"{CUSTOMERS}columns")),
    Place("rows-chosen", _select),
    Place("bulk-ask", _ask),
    Place("bulk-outlook", _outlook),
    Place("bulk-result", _result),
    Place("cell", _cell),
    Place("list-unreadable", _unreadable, 422),
    Place("jobs", at("/operations/job/")),
)
