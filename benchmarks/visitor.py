"""A person at a panel, as the benchmark sees one: plain HTTP, a cookie jar, signed in by the form."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser

from contenders import ACCOUNT, PASSWORD

TIMEOUT_SECONDS = 120
_PHONE = re.compile(r"(?<!\d)1[3-9]\d ?\d{4} ?\d{4}(?!\d)")


class SignInError(Exception):
    """A panel that does not let the benchmark's account in."""


@dataclass(frozen=True)
class Answer:
    """One response, read to its end."""

    status: int
    body: bytes

    def phones(self) -> list[str]:
        """Return the phone numbers in the page, each once: they prove that panels show the same rows."""
        found = _PHONE.findall(self.body.decode("utf-8", "replace"))
        return list(dict.fromkeys(phone.replace(" ", "") for phone in found))


@dataclass
class Visitor:
    """One session with one panel."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str) -> Answer:
        """Ask for one page; a redirect is returned as it is."""
        return self._ask("GET", address, None)

    def sign_in(self, address: str, opened: str) -> None:
        """Fill in the form at `address`; raise SignInError unless the page `opened` then answers 200."""
        form = _SignInForm()
        form.feed(self.get(address).body.decode())
        fields = {**form.fields, "username": ACCOUNT, "password": PASSWORD}
        answer = self._ask("POST", address, urllib.parse.urlencode(fields))
        if answer.status not in (302, 303) or self.get(opened).status != 200:
            raise SignInError(f"{address} answered {answer.status}, {opened} {self.get(opened).status}")

    def _ask(self, method: str, address: str, body: str | None) -> Answer:
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"Accept-Language": "en"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": origin + address}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, address, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class _SignInForm(HTMLParser):
    """The hidden fields of the form that asks for a user name."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._current: dict[str, str] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._current = {}
        elif tag == "input" and given.get("name"):
            self._current[given["name"]] = given.get("value", "")
            if given["name"] == "username":
                self.fields = self._current
