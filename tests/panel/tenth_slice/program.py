"""Opens a shop that has a tenth slice and walks through the pages that follow from its declaration."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

import app  # noqa: E402 - the repository is put on the path first

# What a folder in app/ would be.
app.__path__.append(str(HERE))

from app.core.database import db  # noqa: E402
from tests.support.whole_house import WholeHouse, sign_in_as  # noqa: E402

COURSE = {
    "name": "咖啡拉花",
    "outline": "第一课\r\n第二课",
    "phone": "+86 138 1234 5678",
    "email": "teacher@example.com",
    "seats": "１２",
    "hours": "2.50",
    "price": "¥1,234.5",
    "starts_on": "2026年3月5日",
    "begins_at": "2026-03-05T14:30",
    "level": "hard",
    "is_online": "1",
}
FILTERS = (
    "q=咖",
    "f.name=咖",
    "f.phone=138",
    "f.seats.from=1&f.seats.to=20",
    "f.hours.from=2.5",
    "f.price.to=2000",
    "f.starts_on.from=2026-01-01&f.starts_on.to=2026-12-31",
    "f.begins_at.from=2026-03-05&f.begins_at.to=2026-03-05",
    "f.level=hard&f.level=-",
    "f.is_online=1",
    *(
        f"sort={sign}{name}"
        for name in ("name", "seats", "hours", "price", "starts_on", "begins_at")
        for sign in ("", "-")
    ),
)


def main(home: Path) -> dict[str, Any]:
    """Return what each page answered."""
    house = WholeHouse(f"sqlite:///{home / 'shop.db'}", home)
    with house.app.app_context():
        # What the slice's own migration would do.
        db.metadata.tables["courses_course"].create(db.engine)
        names = sorted(
            name
            for capability in house.app.extensions["kebu"].capabilities
            for screen in capability.screens
            for name in screen.permissions
            if name.startswith("courses:")
        )
    client = sign_in_as(house.app.test_client(), "Owner")
    found: dict[str, Any] = {"permissions": names}
    customer = client.post("/people/customer/add", data={"name": "老师"}).headers["Location"]
    found["form"] = client.get(f"/courses/course/add?teacher={customer.rpartition('/')[2]}").text
    added = client.post("/courses/course/add", data={**COURSE, "teacher": customer.rpartition("/")[2]})
    found["added"] = added.status_code
    detail = added.headers["Location"]
    found |= {
        "home": client.get("/").text,
        "list": client.get("/courses/course/").text,
        "detail": client.get(detail).text,
        "customer": client.get(customer).text,
        "api": client.get("/api/v1/courses/course").json,
        "openapi": client.get("/api/v1/openapi.json").json,
        "export": client.get("/courses/course/export.csv").text,
        "filters": {query: client.get(f"/courses/course/?{query}").status_code for query in FILTERS},
    }
    client.post(f"{detail}/delete")
    found["trash"] = client.get("/courses/course/trash").text
    found["restored"] = client.post(f"{detail}/restore").status_code
    with house.app.app_context():
        db.session.remove()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
