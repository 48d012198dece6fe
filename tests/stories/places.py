"""The pages of the shop as a person sees them, each with the way that leads there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.messaging.models import Channel, Message, MessageState
from app.messaging.outbox import put_message
from app.people.models import Contact, ContactState, Customer
from app.pets.models import Pet
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


@dataclass(frozen=True)
class Place:
    """A page (or a state of one): its name and how to bring it on the screen; `status` is how the server answers."""

    name: str
    enter: Callable[[Visit], None]
    status: int = 200


def at(path: str) -> Callable[[Visit], None]:
    """Return the way to a page that has an address of its own."""
    return lambda visit: visit.go(path)


def token(key: object) -> str:
    """Return the address part of a record's key."""
    return encode_token((key,))  # type: ignore[arg-type]


def interesting_customer(shop: StoryShop) -> str:
    """Return the page of the customer with the most pets and conversations: a full page shows most faults."""
    with shop.database() as session:
        pets = select(func.count(Pet.id)).where(Pet.owner_id == Customer.id).scalar_subquery()
        contacts = select(func.count(Contact.id)).where(Contact.customer_id == Customer.id).scalar_subquery()
        key = session.scalar(select(Customer.id).order_by((pets * 3 + contacts).desc(), Customer.id).limit(1))
    return f"/people/customer/{token(key)}"


def _of_first(model: type, path: str) -> Callable[[Visit], None]:
    def enter(visit: Visit) -> None:
        with visit.shop.database() as session:
            key = session.scalar(select(model.id).order_by(model.id).limit(1))  # type: ignore[attr-defined]
        visit.go(f"{path}{token(key)}")

    return enter


def _open_contact(visit: Visit) -> None:
    with visit.shop.database() as session:
        key = session.scalar(
            select(Contact.id).where(Contact.state == ContactState.OPEN).order_by(Contact.id).limit(1)
        )
    visit.go(f"/people/contact/{token(key)}")


def _detail(visit: Visit) -> None:
    visit.go(interesting_customer(visit.shop))


def _form(visit: Visit) -> None:
    visit.go(interesting_customer(visit.shop) + "/edit")


def _form_in_drawer(visit: Visit) -> None:
    visit.go("/pets/pet/add")
    visit.page.locator("#f-owner").press_sequentially("林晓月")
    visit.page.locator("a[data-add]").first.click()
    visit.page.locator(".in-drawer form").wait_for()
    visit.page.locator("[data-drawer].show:not(.showing)").wait_for()


def _form_with_rows(visit: Visit) -> None:
    visit.go(interesting_customer(visit.shop) + "/edit")
    visit.page.keyboard.press("Control+Shift+L")
    visit.page.keyboard.type("汤圆")
    visit.page.locator("[data-remove]").first.press("Space")


def _rows_with_errors(visit: Visit) -> None:
    _form_with_rows(visit)
    visit.button("Save").click()
    visit.page.get_by_role("alert").wait_for()


def _form_with_errors(visit: Visit) -> None:
    visit.go("/people/customer/add")
    visit.field("E-mail").fill("nobody at nowhere")
    visit.button("Save").click()
    visit.page.get_by_role("alert").wait_for()


def _conflict(visit: Visit) -> None:
    path = interesting_customer(visit.shop)
    visit.go(path + "/edit")
    visit.field("WeChat").fill("maoqiu-2026")
    visit.field("E-mail").fill("maoqiu@example.com")
    _change_behind(visit, path)
    visit.button("Save").click()
    visit.heading("Someone changed this while you were writing").wait_for()


def _change_behind(visit: Visit, path: str) -> None:
    """Let a colleague save the same customer in a tab of her own."""
    colleague = visit.context.new_page()
    colleague.goto(f"{path}/edit")
    colleague.locator("#f-wechat").fill("maoqiu_home")
    colleague.locator("#f-email").fill("maoqiu.home@example.com")
    colleague.keyboard.press("Control+Enter")
    colleague.wait_for_url(f"**{path}")
    colleague.close()


def _from_list(visit: Visit) -> None:
    visit.go("/people/customer/?sort=name&f.branch=")
    visit.ready()
    visit.record(visit.titles[1]).click()
    visit.page.locator(".way").wait_for()


def _duplicate(visit: Visit) -> None:
    visit.go(interesting_customer(visit.shop) + "/duplicate")


def _draft(visit: Visit) -> None:
    visit.go("/people/tag/add")
    visit.ready()
    visit.page.context.set_offline(True)
    visit.page.locator("#f-name").fill("VIP")
    visit.button("Save").click()
    visit.page.locator("[data-note=offline]").wait_for()
    visit.page.context.set_offline(False)
    visit.watch.troubles = [each for each in visit.watch.troubles if "ERR_INTERNET_DISCONNECTED" not in each]
    visit.page.close(run_before_unload=False)
    visit.page = visit.context.new_page()
    visit.go("/people/tag/add")
    visit.page.locator("[data-note=found]").wait_for()


def _history(visit: Visit) -> None:
    path = interesting_customer(visit.shop)
    _change_behind(visit, path)
    visit.go(f"{path}#history")
    visit.page.locator("[data-past]").wait_for()


def _batch(visit: Visit) -> None:
    with (
        visit.shop.database() as session,
        on_occasion(batch_id=(batch := uuid7()), reason="春季整理"),
        transaction(),
    ):
        for customer in session.scalars(select(Customer).order_by(Customer.id).limit(30)):
            customer.address = f"{customer.address or ''} 2"
    visit.go(f"/journal/batch/{token(batch)}")


def _batch_undone(visit: Visit) -> None:
    _batch(visit)
    with visit.shop.database() as session, transaction():
        session.scalars(select(Customer).order_by(Customer.id).limit(1)).one().address = None
    visit.button("Take all of it back").click()
    visit.button("Take back", visit.page.get_by_role("dialog")).click()
    visit.heading("Taken back").wait_for()


def _trash(visit: Visit) -> None:
    with visit.shop.database() as session, transaction():
        keys = list(session.scalars(select(Customer.id).order_by(Customer.id.desc()).offset(5).limit(4)))
        for customer in session.scalars(select(Customer).where(Customer.id.in_(keys))):
            customer.move_to_trash()
    visit.go("/people/customer/trash")


def _filter_open(visit: Visit) -> None:
    visit.go("/people/customer/?f.source=wechat")
    visit.page.locator("summary", has_text=visit.say("Filter")).click()


def _preview(visit: Visit) -> None:
    visit.go("/people/customer/")
    visit.page.locator(".row-peek").first.dispatch_event("click")
    visit.page.locator("[data-drawer] .preview").wait_for()


def _columns(visit: Visit) -> None:
    visit.go("/people/customer/import")
    visit.page.locator("textarea").fill("姓名\t手机\t生日\n王小美\t15400001111\t3/25/1990\n李明\t1.54E+10\t")
    visit.button("Go on").click()
    visit.button("Check all rows").wait_for()


def _checked(visit: Visit) -> None:
    _columns(visit)
    visit.button("Check all rows").click()
    visit.heading("Refused rows").wait_for()


def _messages(visit: Visit) -> None:
    with visit.shop.database() as session, transaction():
        facts = {"link": "https://shop.example.com/x", "minutes": "60"}
        for number, kind in enumerate(("invitation", "reset", "new_sign_in", "password_changed")):
            put_message(Channel.MAIL, kind, f"wang{number}@example.com", "zh_Hans", facts)
        put_message(Channel.SMS, "code", "13800001234", "zh_Hans", {"code": "123456", "minutes": "10"})
        put_message(Channel.MAIL, "reset", "nobody at nowhere", "zh_Hans", facts)
        first = session.scalars(select(Message).order_by(Message.id).limit(2)).all()
        first[0].state, first[0].attempts = MessageState.SENT, 1
        first[1].state, first[1].attempts = MessageState.DEAD, 8
        first[1].error, first[1].answer = "refused-recipient", "550 5.1.1"
    visit.go("/messaging/messages/")


def _person_menu(visit: Visit) -> None:
    visit.go("/")
    visit.menu_of_person.click()


def _shortcuts(visit: Visit) -> None:
    visit.go("/")
    visit.page.keyboard.press("?")
    visit.heading("Keyboard shortcuts").wait_for()


def _asks(answer: Any, typed: str) -> bool:
    """Say whether an answer is the palette's to what was typed."""
    return answer.url.endswith("/palette") and answer.request.post_data == f"q={typed}"


def _palette(typed: str) -> Callable[[Visit], None]:
    def enter(visit: Visit) -> None:
        visit.go(interesting_customer(visit.shop))
        with visit.page.expect_response(lambda answer: _asks(answer, typed)):
            visit.page.keyboard.press("Control+k")
            visit.page.keyboard.type(typed)
        visit.page.locator("#palette-list [role=option]").first.wait_for()

    return enter


def _pinned(visit: Visit) -> None:
    visit.go(interesting_customer(visit.shop))
    if visit.page.locator("[data-pin][formaction$='/pin']").count():
        visit.page.locator("[data-pin]").click()
        visit.button("Unpin").wait_for()
    visit.go("/")


STRANGERS = (Place("sign-in", at("/login/")), Place("forgotten", at("/login/forgotten/")))
UNOPENED = (Place("first-run", at("/first-run/")),)
OWNERS = (
    Place("home", at("/")),
    Place("list", at("/people/customer/")),
    Place("form", _form),
    Place("detail", _detail),
    Place("conflict", _conflict, 409),
    Place("trash", _trash),
    Place("detail-from-list", _from_list),
    Place("duplicate", _duplicate),
    Place("draft", _draft),
    Place("history", _history),
    Place("batch", _batch),
    Place("batch-undone", _batch_undone),
    Place("list-of-pets", at("/pets/pet/")),
    Place("list-of-contacts", at("/people/contact/")),
    Place("list-filter", _filter_open),
    Place("list-nothing", at("/people/customer/?q=zzzzzz")),
    Place("preview", _preview),
    Place("import", at("/people/customer/import")),
    Place("import-columns", _columns),
    Place("import-check", _checked),
    Place("export", at("/people/customer/export?f.source=referral")),
    Place("new", at("/pets/pet/add")),
    Place("form-errors", _form_with_errors, 422),
    Place("form-drawer", _form_in_drawer),
    Place("form-rows", _form_with_rows),
    Place("form-rows-errors", _rows_with_errors, 422),
    Place("detail-of-pet", _of_first(Pet, "/pets/pet/")),
    Place("detail-of-contact", _open_contact),
    Place("search", at("/search?q=154")),
    Place("search-nothing", at("/search?q=zzzzzz")),
    Place("profile", at("/profile/")),
    Place("shop", at("/access/shop/edit")),
    Place("messages", _messages),
    Place("message-settings", at("/messaging/settings/")),
    Place("shaping", at("/shaping/")),
    Place("what-stands-for-what", at("/adoption/roles/")),
    Place("fields", at("/shaping/fields/people/customer/")),
    Place("field", at("/shaping/fields/people/customer/add")),
    Place("record-type", at("/shaping/types/add")),
    Place("not-found", at("/people/nobody/"), 404),
    Place("person-menu", _person_menu),
    Place("shortcuts", _shortcuts),
    Place("home-pinned", _pinned),
    Place("arrange", at("/home/arrange")),
    Place("palette", _palette("")),
    Place("palette-found", _palette("154")),
)
IN_HANDBOOK = ("sign-in", "home", "list", "form", "detail", "conflict", "trash", "roles")
