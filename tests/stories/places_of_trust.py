"""The pages of who may do and see what, and of what is on record: as an owner sees them, and as a clerk."""

from __future__ import annotations

from tests.stories.places import Place, at, interesting_customer
from tests.stories.visit import Visit

CLERK = "Clerk"
FILTER = '/people/customer/?where={"all":[["source","any","wechat"]]}'


def open_role(visit: Visit, name: str = CLERK) -> None:
    """Go to a role's page by the list of roles."""
    visit.go("/roles/")
    visit.page.locator(".tbl").get_by_role("link", name=visit.say(name), exact=True).click()
    visit.page.locator("[data-rights]").wait_for()
    visit.ready()


def open_sight(visit: Visit, plural: str, role: str = CLERK) -> None:
    """Go to what a role sees of records of one kind."""
    open_role(visit, role)
    visit.link("What this role sees of %(what)s", what=visit.say(plural)).click()
    visit.page.locator(".field-sights").wait_for()
    visit.ready()


def reveal_of_phone(visit: Visit) -> str:
    """Return the address that asks why the phone of a customer is needed."""
    return f"{interesting_customer(visit.shop)}/reveal/phone"


def _role_changed(visit: Visit) -> None:
    open_role(visit)
    for name in ("people:contact:add", "pets:pet:list"):
        visit.page.locator(f'input[value="{name}"]').press("Space")
    visit.page.locator('input[value="people:customer:export"]').press("Space")


def _role_effect(visit: Visit) -> None:
    _role_changed(visit)
    visit.button("See what changes").click()
    visit.heading("No longer").wait_for()


def _role_without_name(visit: Visit) -> None:
    visit.go("/roles/add")
    visit.button("Save").click()
    visit.page.locator("#f-name[aria-invalid]").wait_for()


def _compared(visit: Visit) -> None:
    visit.go("/roles/compare")
    for field, role in (("One role", CLERK), ("The other one", "Manager")):
        visit.field(field).select_option(label=visit.say(role))
    visit.main.get_by_role("button", name=visit.say("Compare")).click()
    visit.heading("Rights").wait_for()


def _sight(visit: Visit) -> None:
    open_sight(visit, "Customers")


def _sight_effect(visit: Visit) -> None:
    open_sight(visit, "Customers")
    visit.field("WeChat").select_option("hidden")
    visit.field("Address of the filtered list").fill(FILTER)
    visit.button("See what changes").click()
    visit.heading("What changes").wait_for()


def _sight_wrong(visit: Visit) -> None:
    open_sight(visit, "Customers")
    visit.field("Address of the filtered list").fill("/people/customer/?q=王")
    visit.button("See what changes").click()
    visit.page.get_by_role("alert").or_(visit.page.locator("#e-rows")).first.wait_for()


def _looking(visit: Visit) -> None:
    """Look as a clerk; whoever comes after this place is back in the own rights first."""
    open_role(visit)
    visit.button("Look as this role").click()
    visit.page.locator(".looking").wait_for()
    visit.go(interesting_customer(visit.shop))


def _back_from_looking(visit: Visit) -> None:
    visit.button("Back to my own rights").click()
    visit.page.locator(".looking").wait_for(state="detached")
    visit.go("/roles/")


def _key_made(visit: Visit) -> None:
    visit.go("/api-keys/add")
    visit.field("Name").fill("ERP")
    for box in visit.page.locator("input[name=scopes]").all()[:3]:
        box.check()
    visit.button("Make the key").click()
    visit.page.locator("#made-key").wait_for()


def _keys(visit: Visit) -> None:
    visit.go("/api-keys/")
    if not visit.link("Replace").count():
        _key_made(visit)
    visit.go("/api-keys/")


def _key_replaced(visit: Visit) -> None:
    _keys(visit)
    visit.link("Replace").click()
    visit.button("Make the new key").wait_for()


def _key_without_scope(visit: Visit) -> None:
    visit.go("/api-keys/add")
    visit.field("Name").fill("ERP")
    visit.button("Make the key").click()
    visit.page.locator("#e-scopes").wait_for()


def _user(visit: Visit) -> None:
    """Open the clerk's account, who works in a branch."""
    visit.go("/users/?q=clerk")
    visit.main.locator("td a").first.click()
    visit.field("Branch").wait_for()


def _link_made(visit: Visit) -> None:
    _let_back_in(visit)
    visit.button("Make the link").click()
    visit.page.locator("#made-link").wait_for()


def _let_back_in(visit: Visit) -> None:
    visit.go("/users/?q=clerk")
    edit = visit.main.locator("td a").first.get_attribute("href") or ""
    visit.go(edit.removesuffix("edit") + "link")


def _masked(visit: Visit, page: str = "") -> None:
    visit.go(page or interesting_customer(visit.shop))
    visit.page.locator("[data-reveal]").first.wait_for()


def ask_to_reveal_phone(visit: Visit, page: str = "") -> None:
    """Open the dialog that asks a clerk why the phone of a customer is needed; `page` is where, if not anywhere."""
    _masked(visit, page)
    visit.ready()
    visit.link("Reveal: %(field)s", field=visit.say("Phone")).click()
    visit.page.locator("dialog[open] form").wait_for()


def _reveal_without_reason(visit: Visit) -> None:
    ask_to_reveal_phone(visit)
    visit.watch.script_answers_expected = {422}
    visit.button("Show it").click()
    visit.page.locator("dialog[open] [data-reveal-error]:not([hidden])").wait_for()


def _revealed_in_place(visit: Visit) -> None:
    ask_to_reveal_phone(visit)
    visit.page.locator("dialog[open] input[value=call_back]").check()
    visit.button("Show it").click()
    visit.page.locator("dd .revealed").wait_for()


def _reveal_page(visit: Visit) -> None:
    visit.go(reveal_of_phone(visit))


def _revealed(visit: Visit) -> None:
    _reveal_page(visit)
    visit.page.locator("input[value=delivery]").check()
    visit.button("Show it").click()
    visit.page.locator(".revealed").wait_for()


def _masked_form(visit: Visit) -> None:
    visit.go(f"{interesting_customer(visit.shop)}/edit")


TRUST = (
    Place("roles", open_role),
    Place("roles-list", at("/roles/")),
    Place("role-changed", _role_changed),
    Place("role-effect", _role_effect),
    Place("role-new", at("/roles/add")),
    Place("role-wrong", _role_without_name, 422),
    Place("roles-choose", at("/roles/compare")),
    Place("roles-compared", _compared),
    Place("role-sight", _sight),
    Place("role-sight-effect", _sight_effect),
    Place("role-sight-wrong", _sight_wrong, 422),
    Place("looking", _looking),
    Place("looked", _back_from_looking),
    Place("journal", at("/journal/?subject=people_customer")),
    Place("journal-nothing", at("/journal/?record=nobody")),
    Place("journal-wrong", at("/journal/?who=x")),
    Place("api-keys-none", at("/api-keys/")),
    Place("api-key", at("/api-keys/add")),
    Place("api-key-wrong", _key_without_scope, 422),
    Place("api-key-made", _key_made),
    Place("api-keys", _keys),
    Place("api-key-replace", _key_replaced),
    Place("check-up", at("/check/")),
    Place("users", at("/users/")),
    Place("user-new", at("/users/add")),
    Place("user", _user),
    Place("let-back-in", _let_back_in),
    Place("link-made", _link_made),
    Place("security", at("/profile/security/")),
    Place("another-phone", at("/login/enrol/")),
    Place("step-up", at("/step-up/")),
)
CLERKS = (
    Place("masked-home", at("/")),
    Place("masked-list", at("/people/customer/")),
    Place("masked-detail", _masked),
    Place("masked-form", _masked_form),
    Place("reveal-ask", ask_to_reveal_phone),
    Place("reveal-no-reason", _reveal_without_reason),
    Place("revealed-in-place", _revealed_in_place),
    Place("reveal-page", _reveal_page),
    Place("reveal-said", _revealed),
    Place("not-for-the-role", at("/users/"), 403),
)
