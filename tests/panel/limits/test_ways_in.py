"""Forms, undo and import change nothing that somebody does not see, and tell nothing of it: every declared screen."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.keys import encode_token
from app.core.limits import Sight
from app.journal.models import JournalEntry
from app.journal.undoing import Verb
from app.panel.importing.models import Import
from tests.panel.limits.attack import WHATEVER_DIFFERS, Shop, readable
from tests.panel.limits.conftest import ATTACKER, attacker, marked, none, out_of_reach, sight
from tests.support.forms import form_of


def stored(screen: Screen, shop: Shop) -> dict[str, Any]:
    """Return the marked record's values by attribute as the database holds them; links by their tokens."""
    db.session.rollback()
    db.session.expire_all()
    record = db.session.get(screen.model, shop.keys[screen.name])
    assert record is not None
    values = {column.key: getattr(record, column.key) for column in screen.model.__mapper__.column_attrs}
    links = [each.name for each in screen.fields.values() if isinstance(each, fields.Links)]
    return {
        **{name: value for name, value in values.items() if name not in STAMPS},
        **{name: sorted(encode_token([one.id]) for one in getattr(record, name)) for name in links},
    }


STAMPS = {"changed_at", "changed_by", "row_version"}


def hidden_names(screen: Screen) -> list[str]:
    """Return the fields that a role which edits can do without."""
    return [each.name for each in screen.fields.values() if not each.required]


def entries(screen: Screen, shop: Shop, verb: Verb) -> list[str]:
    """Return the tokens of what the journal tells of the marked record."""
    query = select(JournalEntry.id).where(
        JournalEntry.subject == screen.model.__table__.name,
        JournalEntry.record == shop.tokens[screen.name],
        JournalEntry.verb == verb,
    )
    return [encode_token([each]) for each in db.session.scalars(query.limit(9))]


# --- Forms -------------------------------------------------------------------------------------------


def test_the_form_of_a_record_out_of_reach_saves_nothing(app: Flask, sign_in: Any, screen: Screen) -> None:
    editable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    address = f"{screen.path}{shop.tokens[screen.name]}/edit"
    form = form_of(client.get(address).text)
    text = next((each.name for each in screen.fields.values() if type(each) is fields.Text), None)
    form.setlist(text or "", ["Other"])
    before = stored(screen, shop)
    out_of_reach(screen)

    answer = client.post(address, data=form)

    assert form.get("row_version"), "the form was a real one"
    assert answer.status_code == 404
    assert stored(screen, shop) == before


def test_inputs_of_hidden_fields_change_nothing(app: Flask, sign_in: Any, screen: Screen) -> None:
    editable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    address = f"{screen.path}{shop.tokens[screen.name]}/edit"
    whole = form_of(client.get(address).text)
    hidden = hidden_names(screen)
    sight(ATTACKER, screen.name, **dict.fromkeys(hidden, Sight.HIDDEN))
    before = stored(screen, shop)

    form = form_of(client.get(address).text)
    inputs = [name for name in form if name.partition(".")[0] in hidden]
    for name in whole:
        if name not in form:
            form.setlist(name, [])
    for name in hidden:
        form.setlist(name, ["Other"])
    answer = client.post(address, data=form)

    assert inputs == []
    assert answer.status_code in (302, 303), re.findall(r'class="error"[^>]*>(.*?)</p>', answer.text)
    assert stored(screen, shop) == before


def editable(screen: Screen) -> None:
    """Leave out what has no form."""
    if "edit" not in screen.verbs or all(each.read_only for each in screen.fields.values()):
        pytest.skip("records of this kind have no form")


# --- Undo --------------------------------------------------------------------------------------------


def test_nothing_is_taken_back_out_of_reach(app: Flask, sign_in: Any, screen: Screen) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    out_of_reach(screen)
    before = stored(screen, shop)
    found = [*entries(screen, shop, Verb.ADDED), *entries(screen, shop, Verb.CHANGED)]

    answers = [client.post(f"/journal/entry/{each}/undo").status_code for each in found]

    assert found, "the record was added and changed"
    assert set(answers) <= {403, 404, 409}
    assert stored(screen, shop) == before


def test_no_change_of_a_hidden_field_is_taken_back(app: Flask, sign_in: Any, screen: Screen) -> None:
    shop = marked(screen)
    hidden = hidden_names(screen)
    client = attacker(app, sign_in, screen)
    sight(ATTACKER, screen.name, **dict.fromkeys(hidden, Sight.HIDDEN))
    before = stored(screen, shop)

    answers = [client.post(f"/journal/entry/{each}/undo") for each in entries(screen, shop, Verb.CHANGED)]

    touched = [each for each, marks in shop.marks[screen.name].items() if each in hidden and marks]
    if touched:
        assert {each.status_code for each in answers} <= {403, 404, 409}
        assert stored(screen, shop) == before
    marks = shop.marks_of(screen.name, hidden)
    none([mark for mark in marks if any(mark in readable(each) for each in answers)])


def test_a_change_of_masked_fields_is_taken_back_without_a_word_of_them(
    app: Flask, sign_in: Any, screen: Screen
) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    sight(ATTACKER, screen.name, **dict.fromkeys(screen.fields, Sight.MASKED))
    marks = shop.marks_of(screen.name, list(screen.fields))

    said = []
    for verb in (Verb.CHANGED, Verb.ADDED):
        for each in entries(screen, shop, verb):
            answer = client.post(f"/journal/entry/{each}/undo")
            assert answer.status_code < 500
            said += [
                readable(answer),
                readable(client.get(answer.headers.get("Location", "/").split("#")[0])),
            ]

    none([mark for mark in marks if any(mark in text for text in said)])


# --- Import ------------------------------------------------------------------------------------------


def importable(screen: Screen) -> str:
    """Return the field by which files find records of a screen; leave out what has no import."""
    if "import" not in screen.verbs:
        pytest.skip("records of this kind can't be imported")
    key = next((each for each in screen.natural_key if "+" not in each), "")
    if not key:
        pytest.skip("files find records of this kind by links alone")
    return key


def sent(client: FlaskClient, screen: Screen, lines: list[list[str]]) -> str:
    """Send a table and return the address of its import."""
    text = "\n".join(",".join(line) for line in lines)
    data = {"file": (io.BytesIO(text.encode()), "list.csv")}
    answer = client.post(f"{screen.path}import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def counts() -> tuple[int, int, int, int]:
    """Return of the newest import how many rows are new, changed, the same and refused."""
    db.session.rollback()
    item = db.session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one()
    return item.inserted, item.updated, item.same, item.refused


def test_a_file_that_finds_a_record_shows_none_of_its_hidden_values_and_fills_none(
    app: Flask, sign_in: Any, screen: Screen
) -> None:
    key = importable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    kept = {key, *(each.name for each in screen.fields.values() if each.required)}
    hidden = [name for name in screen.fields if name not in kept]
    target = next((each for each in hidden if type(screen.fields[each]) is fields.Text), "")
    if not target:
        pytest.skip("no text that a file could fill besides what finds the record")
    sight(ATTACKER, screen.name, **dict.fromkeys(kept, Sight.VISIBLE), **dict.fromkeys(hidden, Sight.HIDDEN))
    before = stored(screen, shop)
    value = shop.marks[screen.name][key][-3]
    url = sent(client, screen, [[key, target], [value, "Other"]])

    first = client.get(url + "/columns")
    columns = client.get(url)
    forged = client.post(f"{url}/columns", data={"use.0": key, "use.1": target, "key": key})
    chosen = client.post(f"{url}/columns", data={"use.0": key, "use.1": "", "key": key})
    checked, found = client.get(url), counts()
    done = client.post(f"{url}/write", data={"mode": "all"}, follow_redirects=True)

    pages = [first, columns, forged, checked, done]
    marks = shop.marks_of(screen.name, hidden)
    none([mark for mark in marks if any(mark in readable(each) for each in pages)])
    assert (forged.status_code, chosen.status_code, done.status_code) == (422, 302, 200)
    assert found == (0, 0, 1, 0), "the row finds the record"
    assert f'value="{target}"' not in first.text + columns.text
    assert stored(screen, shop) == before


def test_a_file_finds_no_record_out_of_reach(app: Flask, sign_in: Any, screen: Screen) -> None:
    key = importable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    out_of_reach(screen)
    before = stored(screen, shop)
    value = shop.marks[screen.name][key][-3]
    url = sent(client, screen, [[key, "id"], [value, shop.tokens[screen.name]], [value + "0", ""]])
    pages = []
    for by in (key, "id"):
        data = {"use.0": key, "use.1": "id" if by == "id" else "", "key": by}
        assert client.post(f"{url}/columns", data=data).status_code == 302
        pages.append(client.get(url))
    pages.append(client.post(f"{url}/write", data={"mode": "all"}, follow_redirects=True))

    marks = shop.marks_of(screen.name, [name for name in screen.fields if name != key])
    none([mark for mark in marks if any(mark in readable(each) for each in pages)])
    assert stored(screen, shop) == before


def test_a_dry_run_tells_no_right_guess_of_a_masked_value_from_a_wrong_one(
    app: Flask, sign_in: Any, screen: Screen
) -> None:
    key = importable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    masked = [name for name in screen.fields if name != key]
    sight(ATTACKER, screen.name, **dict.fromkeys(masked, Sight.MASKED))
    value = shop.marks[screen.name][key][-3]
    guessed = [
        name
        for name in masked
        if type(screen.fields[name]) in (fields.Text, fields.Date) and shop.marks[screen.name].get(name)
    ]
    unique = {rule.field for rule in screen.unique}

    for name in guessed:
        if name in unique:
            continue
        right = str(getattr(shop.records[screen.name], name))
        wrong = right.replace("QZX", "QZW").replace("1953", "1952")
        outcomes = []
        for guess in (right, wrong):
            url = sent(client, screen, [[key, name], [value, guess]])
            client.post(f"{url}/columns", data={"use.0": key, "use.1": name, "key": key})
            text = client.get(url).text.replace(guess, "GUESS").replace(url.rpartition("/")[2], "IMPORT")
            outcomes.append((counts(), WHATEVER_DIFFERS.sub("", text)))
        assert right != wrong
        assert outcomes[0][0] == (0, 1, 0, 0), "the row finds the record"
        none(
            [
                pair
                for pair in zip(*(each[1].splitlines() for each in outcomes), strict=True)
                if len(set(pair)) > 1
            ]
        )


def test_records_are_found_by_no_masked_field_that_the_quick_search_leaves_out(
    app: Flask, sign_in: Any, screen: Screen
) -> None:
    importable(screen)
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    sight(ATTACKER, screen.name, **dict.fromkeys(screen.fields, Sight.MASKED))
    searched = {each.of or each.column for each in screen.search}
    for key in screen.natural_key:
        names = key.split("+")
        url = sent(client, screen, [names, ["x"] * len(names)])
        uses = {f"use.{at}": name for at, name in enumerate(names)}
        answer = client.post(f"{url}/columns", data={**uses, "key": key})
        if not set(names) <= searched:
            assert answer.status_code == 422, key
    assert shop.tokens
