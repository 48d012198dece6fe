"""A manager shapes the shop: adds a field that depends on another, makes a record type, and uses both."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.factories.people import make_customer
from tests.stories.visit import Visit


def open_fields(visit: Visit, plural: str) -> None:
    """Go to the fields of one kind of record by the page that lists them all."""
    visit.go("/shaping/")
    visit.main.get_by_role("link", name=visit.say(plural), exact=True).click()
    visit.arrive(visit.say("Fields: %(plural)s", plural=visit.say(plural)))


def begin_field(visit: Visit, kind: str, chinese: str, english: str) -> None:
    """Begin a field: what it holds, and both names."""
    visit.main.get_by_role("link", name=visit.say("Add a field"), exact=True).click()
    visit.arrive(visit.say("New field"))
    visit.page.locator("#f-kind").select_option(kind)
    visit.page.locator("#f-label_zh").fill(chinese)
    visit.page.locator("#f-label_en").fill(english)


def save(visit: Visit) -> None:
    """Save, and see that it worked."""
    visit.button("Save").click()
    visit.toasts.first.wait_for()
    visit.ready()


def check(visit: Visit) -> None:
    """Assert that everybody can use the page on the screen, and that it fits a small phone."""
    assert visit.serious_barriers() == []
    assert visit.width_needed(360) <= 360


def make_two_fields(visit: Visit, colour: str, red: str) -> None:
    """Make a choice of customers, and a text that shows for one of its options only."""
    open_fields(visit, "Customers")
    begin_field(visit, "choice", "毛色偏好", "Favourite coat")
    for number, (chinese, english) in enumerate((("红色", "Red"), ("蓝色", "Blue"))):
        visit.page.locator("[name='option.zh']").nth(number).fill(chinese)
        visit.page.locator("[name='option.en']").nth(number).fill(english)
    preview = visit.page.locator("[data-preview-place]")
    expect(preview).to_contain_text(colour)
    expect(preview.locator("option", has_text=red)).to_have_count(1)
    check(visit)
    save(visit)
    begin_field(visit, "text", "为何喜欢红色", "Why red")
    visit.page.locator("#f-when").select_option(label=colour)
    visit.page.get_by_role("checkbox", name=red, exact=True).check()
    save(visit)
    check(visit)


def make_a_type(visit: Visit) -> None:
    """Make the record type “Course” with a link to customers."""
    visit.go("/shaping/types/add")
    visit.page.locator("#f-label_zh").fill("课程")
    visit.page.locator("#f-label_en").fill("Course")
    check(visit)
    save(visit)
    begin_field(visit, "link", "学员", "Pupil")
    visit.page.locator("#f-to").select_option("people:customer")
    save(visit)


def test_a_field_that_depends_on_another_and_a_record_type_with_a_link(visit: Visit) -> None:
    with visit.shop.database():
        make_customer(name="林小满")
    visit.sign_in("owner")
    colour, red, why, course, pupil = {
        "zh": ("毛色偏好", "红色", "为何喜欢红色", "课程", "学员"),
        "en": ("Favourite coat", "Red", "Why red", "Course", "Pupil"),
    }[visit.variant.language]

    visit.go("/shaping/")
    check(visit)
    make_two_fields(visit, colour, red)
    visit.go("/people/customer/add")
    visit.page.locator("#f-name").fill("林晓月")
    expect(visit.field_named(why)).to_be_hidden()
    visit.field_named(colour).select_option(label=red)
    expect(visit.field_named(why)).to_be_visible()
    visit.field_named(why).fill("喜庆")
    check(visit)
    visit.button("Save").click()
    visit.arrive("林晓月")
    expect(visit.main).to_contain_text("喜庆")

    make_a_type(visit)
    visit.go("/own/course/add")
    visit.page.locator("#f-name").fill("咖啡拉花")
    picker = visit.field_named(pupil)
    picker.press_sequentially("林小满")
    expect(visit.suggestions(picker)).to_have_attribute("aria-selected", "true")
    picker.press("Enter")
    visit.button("Save").click()
    visit.arrive("咖啡拉花")
    visit.main.get_by_role("link", name="林小满", exact=True).click()
    visit.arrive("林小满")
    visit.page.get_by_role("tab", name=course).click()
    expect(visit.main).to_contain_text("咖啡拉花")
    check(visit)
