"""A person's browser at a shop: finds things by the words on them and notes whatever goes wrong underneath."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.stories.shops import StoryShop
from tests.stories.words import say
from tests.support import second_steps

# What makes a picture of one moment like that of the next: nothing moves.
STILL = {"reduced_motion": "reduce"}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
_ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_TELL_OF_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`))"""


@dataclass(frozen=True)
class Variant:
    """In which language and on how wide a screen a story is told."""

    language: str
    width: int
    height: int

    @property
    def is_phone(self) -> bool:
        """Whether the screen is a phone's."""
        return self.width < 600

    def __str__(self) -> str:
        return f"{self.language}-{self.width}"


VARIANTS = [Variant(language, *size) for language in LOCALES for size in ((1280, 800), (390, 844))]


def _shows_a_page(request: Any) -> bool:
    """Say whether what answers is shown to the person: the browser asks, or a record's form that a script sends."""
    return bool(request.is_navigation_request()) or request.headers.get("x-requested-with") == "form"


@dataclass
class Watch:
    """What a browser context asked for and what went wrong in it."""

    url: str
    troubles: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    answers_expected: set[int] = field(default_factory=set)
    # What scripts, not pages, may be answered with.
    script_answers_expected: set[int] = field(default_factory=set)
    _pages: dict[str, int] = field(default_factory=dict)

    def over(self, context: Any) -> None:
        """Listen to everything that happens in the context."""
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error}"))

    def _failed(self, request: Any) -> None:
        # A search that a later letter overtook, or a page left early: the browser itself took it back.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status < 400:
            return
        if _shows_a_page(response.request) and response.status in self.answers_expected:
            self._pages[response.url] = response.status
        elif response.request.is_navigation_request() or response.status not in self.script_answers_expected:
            self.troubles.append(f"answered {response.status}: {response.request.method} {response.url}")

    def _said(self, message: Any) -> None:
        if message.type != "error":
            return
        found = _ANSWERED.match(message.text)
        if found is None or int(found[1]) not in self.answers_expected | self.script_answers_expected:
            self.troubles.append(f"console: {message.text}")

    def check(self) -> None:
        """Assert that nothing went wrong and that nobody but the shop's own server was asked for anything."""
        assert self.troubles == []
        # Pictures that the page itself makes (blob:, data:) have no host.
        assert self.hosts - {""} <= {urlsplit(self.url).netloc}


class Visit:
    """One browser at one shop; what is on the screen is named in English and found in the visit's language."""

    def __init__(self, browser: Any, shop: StoryShop, variant: Variant, **options: Any) -> None:
        self.shop, self.variant = shop, variant
        self.context = browser.new_context(
            base_url=shop.url,
            locale=LOCALES[variant.language],
            viewport={"width": variant.width, "height": variant.height},
            is_mobile=variant.is_phone,
            has_touch=variant.is_phone,
            **{**STILL, **options},
        )
        self.context.add_init_script(_TELL_OF_POLICY)
        self.context.set_default_timeout(15_000)
        self.watch = Watch(shop.url)
        self.watch.over(self.context)
        self.page = self.context.new_page()

    def close(self) -> None:
        """Close the browser and assert that nothing went wrong underneath."""
        self.context.close()
        self.watch.check()

    # --- Words and where they stand ---------------------------------------------------------------

    def say(self, words: str, **named: str) -> str:
        """Return `words` in the visit's language."""
        return say(self.variant.language, words, **named)

    def field(self, label: str) -> Any:
        """Return the input with this label."""
        optional = re.escape(self.say("optional"))
        return self.page.get_by_label(re.compile(rf"^{re.escape(self.say(label))}(\s*{optional})?$"))

    def field_named(self, label: str) -> Any:
        """Return the input with a label that the shop itself chose; `label` stands on the screen as it is."""
        optional = re.escape(self.say("optional"))
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}(\s*{optional})?$"))

    def suggestions(self, picker: Any) -> Any:
        """Return what a picker suggests."""
        return self.page.locator(f"#{picker.get_attribute('aria-controls')}").get_by_role("option")

    def button(self, words: str, within: Any = None) -> Any:
        """Return the button with these words."""
        return (within or self.page).get_by_role("button", name=self.say(words), exact=True)

    def link(self, words: str, within: Any = None, **named: str) -> Any:
        """Return the link with these words."""
        return (within or self.page).get_by_role("link", name=self.say(words, **named), exact=True)

    def heading(self, words: str, **named: str) -> Any:
        """Return the heading with these words."""
        return self.page.get_by_role("heading", name=self.say(words, **named), exact=True)

    @property
    def main(self) -> Any:
        """The page without its frame."""
        return self.page.get_by_role("main")

    def record(self, title: str) -> Any:
        """Return the link to a record in the list on the screen: a row on a desktop, a card on a phone."""
        found = self.main.get_by_role("link", name=re.compile(rf"^{re.escape(title)}"))
        return found.locator("visible=true").first

    @property
    def titles(self) -> list[str]:
        """The titles of the listed records, in order."""
        return self.main.locator("td .go").all_inner_texts()

    @property
    def toasts(self) -> Any:
        """Where messages appear."""
        return self.page.get_by_role("status")

    # --- What every story does --------------------------------------------------------------------

    def go(self, path: str) -> None:
        """Open a page of the shop."""
        self.page.goto(path, wait_until="load")

    def sign_in(self, user: str = "owner") -> None:
        """Sign in with an account of the sample shop; ends on the page wanted."""
        self.go("/login/")
        self.field("User name").fill(user)
        self.field("Password").fill(self.shop.passwords[user])
        self.button("Sign in").click()
        if user in self.shop.phones:
            self.show_code(user)
        self.menu_of_person.wait_for()
        self.ready()

    def show_code(self, user: str) -> None:
        """Type what the person's phone shows; stories sign in more often than twice a minute."""
        self.heading("Your code").wait_for()
        with self.shop.database():
            second_steps.as_if_half_a_minute_had_passed()
        self.field("One-time code").fill(pyotp.TOTP(self.shop.phones[user]).now())
        self.button("Go on").click()

    def arrive(self, title: str) -> None:
        """Wait for the page of this title, scripts and all."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        self.ready()

    def ready(self) -> None:
        """Wait until the page's scripts listen: keys pressed before are nobody's."""
        self.page.wait_for_load_state("load")

    @property
    def menu_of_person(self) -> Any:
        """The button behind which the person's own entries are; there is one only when signed in."""
        return self.page.locator("button.me")

    def choose_in_top_bar(self, menu: str, words: str) -> None:
        """Choose an entry of one of the top bar's menus; on a phone they are all behind the person."""
        opener = self.menu_of_person
        if not self.variant.is_phone:
            opener = self.page.get_by_role("banner").get_by_role("button", name=self.say(menu))
        opener.click()
        self.button(words).locator("visible=true").click()

    def sign_out(self) -> None:
        """Sign out through the person's menu."""
        self.menu_of_person.click()
        self.button("Sign out").click()
        self.heading("Sign in").wait_for()

    # --- How it looks -----------------------------------------------------------------------------

    def serious_barriers(self) -> list[str]:
        """Return what keeps people with disabilities from using the page, as light as dark (axe-core)."""
        self.show_theme("light")
        found = self._barriers({"resultTypes": ["violations"]})
        self.show_theme("dark")
        # Only colours differ between the themes.
        colours = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
        return found + [f"dark: {each}" for each in self._barriers(colours)]

    def show_theme(self, theme: str) -> None:
        """Look at the page in this theme, once every colour has arrived; the person's choice stays as it is."""
        self.page.evaluate(
            """async theme => {
              document.documentElement.dataset.theme = theme;
              await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
              await Promise.allSettled(document.getAnimations().map((each) => each.finished));
            }""",
            theme,
        )

    def _barriers(self, options: dict[str, Any]) -> list[str]:
        violations = Axe().run(self.page, options=options).response["violations"]
        return [
            f"{each['id']} at {node['target']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for each in violations
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"][:3]
        ]

    def width_needed(self, width: int) -> int:
        """Return how wide the page is on a screen of `width` pixels."""
        self.page.set_viewport_size({"width": width, "height": 740})
        needed = int(self.page.evaluate("document.documentElement.scrollWidth"))
        self.page.set_viewport_size({"width": self.variant.width, "height": self.variant.height})
        return needed
