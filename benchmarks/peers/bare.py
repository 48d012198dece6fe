"""The floor: hand-written views with SQLAlchemy Core and a plain table, no count, permission or menu."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, Response, abort, redirect, request, session
from sqlalchemy import Select, create_engine, select
from sqlalchemy import column as C  # noqa: N812 - the usual short name
from sqlalchemy import table as T  # noqa: N812

URL = os.environ["KEBU_BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
PAGE = int(os.environ.get("KEBU_BENCH_PAGE_SIZE", "25"))
PICKED = 20

application = Flask(__name__)
application.secret_key = "benchmark"
engine = create_engine(URL, pool_size=2)
FIELDS = ("name", "phone", "email", "city", "tier", "created_at", "store_id")
customer = T("customer", C("id"), *map(C, FIELDS))
store = T("store", C("id"), C("name"))
ROWS = select(customer, store.c.name.label("store")).join_from(
    customer, store, store.c.id == customer.c.store_id
)

LIST = application.jinja_env.from_string("""
<!doctype html><title>Customers</title><table>
{% for row in rows %}<tr><td><a href="/customer/{{ row.id }}">{{ row.id }}</a><td>{{ row.name }}
<td>{{ row.phone }}<td>{{ row.email }}<td>{{ row.city }}<td>{{ row.tier }}<td>{{ row.created_at }}
<td>{{ row.store }}{% endfor %}</table>
{% if rows %}<a href="?before={{ rows[-1].id }}">next</a>{% endif %}""")
FORM = application.jinja_env.from_string("""
<!doctype html><form method="post">
{% for name, value in fields.items() %}
<label>{{ name }}<input name="{{ name }}" value="{{ value }}"></label>{% endfor %}
<select name="store_id">{% for store in stores %}<option value="{{ store.id }}"
{{ 'selected' if store.id == fields.store_id }}>{{ store.name }}</option>{% endfor %}</select>
<button>Save</button></form>""")


@application.before_request
def require_sign_in() -> Any:
    """Send everyone who has not signed in to the sign-in page."""
    return None if request.path == "/login" or session.get("user") else redirect("/login")


@application.route("/login", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign in whoever asks."""
    if request.method == "POST":
        session["user"] = 1
        return redirect("/customer/")
    return '<form method="post"><input name="username"><input name="password"></form>'


@application.get("/customer/")
def customers() -> str:
    """Show one page, newest first: below a key (`before`), by number (`page`), by a phone's prefix (`q`)."""
    query = ROWS.order_by(customer.c.id.desc()).limit(PAGE)
    if before := request.args.get("before", type=int):
        query = query.where(customer.c.id < before)
    if page := request.args.get("page", type=int):
        query = query.offset((page - 1) * PAGE)
    if prefix := request.args.get("q"):
        query = _phone_starts(query, prefix)
    with engine.connect() as connection:
        return LIST.render(rows=connection.execute(query).all())


@application.get("/customer/pick")
def pick() -> dict[str, Any]:
    """Answer twenty customers whose phone starts with `q`, as a picker wants them."""
    query = _phone_starts(select(customer.c.id, customer.c.name, customer.c.phone), request.args["q"])
    with engine.connect() as connection:
        found = connection.execute(query.order_by(customer.c.phone).limit(PICKED)).all()
    return {"results": [{"id": row.id, "text": f"{row.name} {row.phone}"} for row in found]}


@application.get("/customer/<int:key>")
def form(key: int) -> Response | str:
    """Show the form of one customer."""
    with engine.connect() as connection:
        row = connection.execute(
            select(*(customer.c[name] for name in FIELDS)).where(customer.c.id == key)
        ).first()
        stores = connection.execute(select(store)).all()
    if row is None:
        abort(404)
    return FORM.render(fields=row._mapping, stores=stores)  # noqa: SLF001 - SQLAlchemy's public name for it


def _phone_starts(query: Select[Any], prefix: str) -> Select[Any]:
    # SQLite's LIKE ignores case and thus the index: a range does not. PostgreSQL has an index for LIKE.
    if engine.dialect.name == "sqlite":
        return query.where(
            customer.c.phone >= prefix, customer.c.phone < prefix[:-1] + chr(ord(prefix[-1]) + 1)
        )
    return query.where(customer.c.phone.startswith(prefix, autoescape=True))
