"""Adding a customer with a pet: messy clipboard, pickers by keyboard, a photo."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect
from sqlalchemy import select

from app.people.models import Customer
from app.pets.models import Pet
from tests.factories.people import make_customer, make_tag
from tests.stories.visit import Visit


def photo(folder: Path) -> Path:
    """Draw a cat, more or less, and return the file."""
    picture = Image.new("RGB", (640, 480), "#dfe8e3")
    pencil = ImageDraw.Draw(picture)
    pencil.ellipse((220, 160, 420, 360), fill="#c98a4b")
    pencil.polygon([(240, 190), (250, 110), (310, 170)], fill="#c98a4b")
    pencil.polygon([(400, 190), (390, 110), (330, 170)], fill="#c98a4b")
    path = folder / "汤圆 1.png"
    picture.save(path)
    return path


def paste(visit: Visit, label: str, text: str) -> None:
    """Paste from the clipboard, as out of a chat."""
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    visit.field(label).press("Control+v")


def test_a_customer_and_a_pet_with_a_photo(visit: Visit, tmp_path: Path) -> None:
    with visit.shop.database():
        make_tag(name="Zoo fan")
        make_customer(name="林小满")
    visit.sign_in("clerk")

    visit.go("/people/customer/")
    visit.link("Add %(what)s", within=visit.main, what=visit.say("customer")).click()
    visit.arrive(visit.say("New %(what)s", what=visit.say("customer")))
    visit.field("Full name").fill("林晓月")
    paste(visit, "Phone", " ＋86 154-1234 ５６７８ ")
    expect(visit.field("Phone")).to_have_value("15412345678")
    tags = visit.field("Tags")
    tags.press_sequentially("Zoo")
    expect(visit.suggestions(tags)).to_have_text(["Zoo fan"])
    expect(visit.suggestions(tags)).to_have_attribute("aria-selected", "true")
    tags.press("Enter")
    visit.button("Save").click()
    visit.arrive("林晓月")
    expect(visit.toasts).to_contain_text(visit.say("“%(title)s” is saved.", title="林晓月"))
    customer_page = visit.page.url

    visit.link("Add %(what)s", what=visit.say("pet")).click()
    visit.arrive(visit.say("New %(what)s", what=visit.say("pet")))
    owner = visit.field("Belongs to")
    expect(owner).to_have_value("林晓月")
    owner.fill("林")
    suggested = visit.suggestions(owner)
    expect(suggested.first).to_contain_text("林")
    place = [text.startswith("林晓月") for text in suggested.all_inner_texts()].index(True)
    for _step in range(place):
        owner.press("ArrowDown")
    owner.press("Enter")
    expect(owner).to_have_value("林晓月")
    visit.field("Pet's name").fill("汤圆")
    visit.field("Species").select_option(label=visit.say("Cat"))
    visit.field("Photo").set_input_files(photo(tmp_path))
    visit.button("Save").click()
    visit.arrive("汤圆")

    visit.go(customer_page)
    visit.record("汤圆").click()
    visit.arrive("汤圆")
    picture = visit.main.get_by_role("img", name=visit.say("Photo")).first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    with visit.shop.database() as session:
        pet = session.scalars(select(Pet).where(Pet.name == "汤圆", Pet.photo_id.is_not(None))).one()
        customer = session.scalars(select(Customer).where(Customer.name == "林晓月")).one()
        assert pet.owner_id == customer.id
        assert customer.phone == "15412345678"
        assert [tag.name for tag in customer.tags] == ["Zoo fan"]
