"""In the form itself: a related record added in the drawer, and records that belong to it written as rows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from app.core.keys import encode_token
from app.people.models import Customer
from app.pets.models import Pet, Species
from tests.factories.people import make_customer
from tests.factories.pets import make_pet
from tests.stories.visit import Visit

ROW = "rows.pets-pet-owner."


def cell(visit: Visit, number: int, name: str) -> Any:
    """Return an input in a row of pets."""
    return visit.page.locator(f'[name="{ROW}{number}.{name}"]')


def test_an_owner_is_added_beside_the_pet_s_form_by_keyboard(visit: Visit) -> None:
    visit.watch.script_answers_expected = {422}
    visit.sign_in("clerk")
    visit.go("/pets/pet/add")
    visit.field("Pet's name").fill("汤圆")
    owner = visit.field("Belongs to")
    owner.press_sequentially("林晓月")
    owner.press("Escape")
    owner.press("Tab")
    expect(visit.page.locator("a[data-add]").first).to_be_focused()
    visit.page.keyboard.press("Enter")

    drawer = visit.page.get_by_role("dialog").filter(has=visit.page.locator(".in-drawer"))
    name = drawer.locator("#f-drawer-name")
    expect(name).to_be_focused()
    expect(name).to_have_value("林晓月")
    expect(drawer.get_by_role("heading").first).to_have_text(
        visit.say("New %(what)s", what=visit.say("customer"))
    )

    visit.page.keyboard.press("Escape")
    question = visit.page.locator("#confirm")
    expect(question).to_be_visible()
    visit.button("Cancel", question).click()
    expect(name).to_have_value("林晓月")

    drawer.locator("#f-drawer-email").fill("nobody at nowhere")
    visit.page.keyboard.press("Control+Enter")
    expect(drawer.get_by_role("alert")).to_be_focused()
    expect(name).to_have_value("林晓月")
    drawer.locator("#f-drawer-email").fill("lin@example.com")
    visit.page.keyboard.press("Control+Enter")

    expect(drawer).to_be_hidden()
    expect(owner).to_be_focused()
    expect(owner).to_have_value("林晓月")
    expect(visit.toasts).to_contain_text(visit.say("“%(title)s” is saved.", title="林晓月"))
    expect(visit.field("Pet's name")).to_have_value("汤圆")
    visit.field("Species").select_option(label=visit.say("Cat"))
    visit.page.keyboard.press("Control+Enter")
    visit.arrive("汤圆")
    with visit.shop.database() as session:
        pet = session.scalars(select(Pet).where(Pet.name == "汤圆").order_by(Pet.id.desc()).limit(1)).one()
        assert (pet.owner.name, pet.owner.email) == ("林晓月", "lin@example.com")


def test_a_tag_is_added_to_those_chosen_and_leaving_needs_a_word(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go("/people/customer/add")
    visit.field("Full name").fill("林小满")
    beside = visit.page.locator(".with-add", has=visit.page.locator("#f-tags"))
    beside.locator("a[data-add]").click()
    visit.page.locator("#f-drawer-name").fill("爱游泳")
    visit.page.keyboard.press("Escape")
    visit.button("Leave", visit.page.locator("#confirm")).click()
    expect(visit.page.locator(".in-drawer")).to_have_count(0)
    expect(visit.field("Tags")).to_be_focused()

    for tag in ("爱游泳", "怕吹风"):
        visit.field("Tags").press_sequentially(tag)
        beside.locator("a[data-add]").click()
        expect(visit.page.locator("#f-drawer-name")).to_have_value(tag)
        visit.page.keyboard.press("Control+Enter")
        expect(visit.page.locator(".in-drawer")).to_have_count(0)
    expect(beside.locator(".picked")).to_have_count(2)
    visit.button("Save").click()
    visit.arrive("林小满")
    with visit.shop.database() as session:
        customer = session.scalars(select(Customer).where(Customer.name == "林小满").limit(1)).one()
        assert {tag.name for tag in customer.tags} == {"爱游泳", "怕吹风"}


def test_pets_are_written_in_their_owner_s_form(visit: Visit) -> None:
    with visit.shop.database():
        key = make_customer(name="周小雨").id
        make_pet(owner_id=key, name="旧名")
        make_pet(owner_id=key, name="走了")
    address = f"/people/customer/{encode_token((key,))}"
    visit.sign_in("owner")
    visit.go(f"{address}/edit")
    expect(visit.page.locator("[data-row]")).to_have_count(2)

    visit.field("WeChat").fill("zxy")
    cell(visit, 0, "name").fill("新名")
    visit.page.locator(f'[name="{ROW}1.remove"]').press("Space")
    expect(visit.page.locator("[data-row]").nth(1)).to_contain_text(visit.say("Undo"))
    visit.page.keyboard.press("Control+Shift+L")
    expect(cell(visit, 2, "name")).to_be_focused()
    block = f"汤圆\t{visit.say('Cat')}\t布偶\t\t2024年3月5日\n年糕\t{visit.say('Cat')}\t\t\t2023/1/2\n"
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.evaluate("text => navigator.clipboard.writeText(text)", block)
    visit.page.keyboard.press("Control+v")
    expect(visit.page.locator("[data-row]")).to_have_count(4)
    expect(cell(visit, 2, "birth_date")).to_have_value("2024-03-05")
    expect(cell(visit, 3, "name")).to_have_value("年糕")
    visit.button("Add a row").click()
    visit.page.keyboard.press("Control+Enter")
    visit.arrive("周小雨")

    with visit.shop.database() as session:
        pets = list(session.scalars(select(Pet).where(Pet.owner_id == key).order_by(Pet.id).limit(9)))
        assert [pet.name for pet in pets if pet.deleted_at is None] == ["新名", "汤圆", "年糕"]
        assert [pet.species for pet in pets[2:]] == [Species.CAT, Species.CAT]
        assert pets[2].breed == "布偶"
        assert pets[3].birth_date is not None
        assert pets[3].birth_date.isoformat() == "2023-01-02"


def test_a_pasted_word_that_is_no_choice_stays_to_be_put_right(visit: Visit) -> None:
    with visit.shop.database():
        key = make_customer(name="周小雨").id
    visit.watch.answers_expected = {422}
    visit.sign_in("owner")
    visit.go(f"/people/customer/{encode_token((key,))}/edit")
    visit.button("Add a row").click()
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.evaluate("text => navigator.clipboard.writeText(text)", "汤圆\tdragon\t\t\tsoon")
    visit.page.keyboard.press("Control+v")
    expect(cell(visit, 0, "species")).to_have_value("dragon")
    visit.page.keyboard.press("Control+Enter")

    expect(visit.page.get_by_role("alert")).to_be_focused()
    expect(cell(visit, 0, "name")).to_have_value("汤圆")
    expect(cell(visit, 0, "species")).to_have_value("dragon")
    expect(cell(visit, 0, "birth_date")).to_have_value("soon")
    cell(visit, 0, "species").select_option("cat")
    cell(visit, 0, "birth_date").fill("2024-01-02")
    visit.page.keyboard.press("Control+Enter")
    visit.arrive("周小雨")
