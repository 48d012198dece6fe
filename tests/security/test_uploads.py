"""R20: what is sent as a file is what it says it is, or is refused; over the form that customers' contacts have.

Pictures cleaned of place and camera, zip bombs, names and sizes one by one: `tests/core/test_storage.py`.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.pets.models import Pet
from tests.factories.pets import make_pet
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

SCRIPT = b"<script>alert(document.cookie)</script>"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 40), **more: Any) -> bytes:
    """Return a small picture."""
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind, **more)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def hundred_megapixels() -> bytes:
    """Return a small PNG that says it has a hundred million pixels and would fill the memory."""
    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def bomb() -> bytes:
    """Return a small file that unpacks to a very large one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 200_000_000)
    return file.getvalue()


def located() -> bytes:
    """Return a photograph that says where it was taken."""
    data = Image.Exif()
    data.get_ifd(0x8825)[1] = "N"
    data[0x010F] = "A camera of Wang Fang"
    return picture("JPEG", exif=data)


REFUSED = {
    "a page as a picture": ("cat.png", b"<html>" + SCRIPT),
    "a drawing with a script": ("cat.svg", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"),
    "a drawing as a picture": ("cat.png", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"),
    "a program": ("cat.exe", b"MZ" + b"\0" * 200),
    "a program as a picture": ("cat.jpg", b"\x7fELF" + b"\0" * 200),
    "a picture too large for the memory": ("cat.png", hundred_megapixels()),
    "nothing": ("cat.png", b""),
    "a bomb": ("cat.docx", bomb()),
    "a broken picture": ("cat.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
}


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(app))
    return client


def send(owner: FlaskClient, name: str, content: bytes) -> tuple[Any, Any]:
    """Send a file as the photo of a pet; return the answer and the pet's key."""
    key = make_pet().id
    address = f"/pets/pet/{encode_token([key])}/edit"
    inputs = form_of(owner.get(address).text).to_dict(flat=False)
    answer = owner.post(address, data={**inputs, "photo": (io.BytesIO(content), name)})
    db.session.rollback()
    return answer, key


def photo_of(key: Any) -> Any:
    """Return a pet's stored photo, None without one."""
    return db.session.get_one(Pet, key).photo


def stored_bytes() -> list[bytes]:
    """Return the content of every stored file."""
    folder: Path = kernel().home / "uploads"
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_not_what_it_says_is_refused_by_its_field_and_not_kept(
    owner: FlaskClient, what: str
) -> None:
    before = len(stored_bytes())

    answer, key = send(owner, *REFUSED[what])

    assert answer.status_code == 422, what
    assert photo_of(key) is None
    assert len(stored_bytes()) == before
    assert "document.cookie" not in answer.text


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.png", "C:\\x\\cat.png", "cat\0.png", ".png", "a" * 300 + ".png"]
)
def test_a_name_leads_nowhere(owner: FlaskClient, name: str) -> None:
    answer, key = send(owner, name, picture())

    upload = photo_of(key)
    assert answer.status_code == 302
    assert not {"/", "\\", "\0"} & set(upload.file_name)
    assert len(upload.file_name) <= 200
    assert owner.get(f"/pets/pet/{encode_token([key])}/file/photo").status_code == 200


def test_a_photograph_forgets_where_it_was_taken_and_what_hides_behind_it(owner: FlaskClient) -> None:
    answer, key = send(owner, "cat.jpg", located() + SCRIPT)

    assert answer.status_code == 302
    download = owner.get(f"/pets/pet/{encode_token([key])}/file/photo")
    assert b"Wang Fang" not in download.data
    assert b"document.cookie" not in download.data
    assert len(Image.open(io.BytesIO(download.data)).getexif()) == 0
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in download.headers["Content-Security-Policy"]
    assert not [content for content in stored_bytes() if b"document.cookie" in content]


def test_a_file_is_given_to_whoever_may_see_its_record_alone(app: Flask, owner: FlaskClient) -> None:
    _answer, key = send(owner, "cat.png", picture())
    address = f"/pets/pet/{encode_token([key])}/file/photo"

    assert owner.get(address).status_code == 200
    assert FreshClient(app).get(address).status_code == 302
    assert owner.get(address.replace("photo", "password")).status_code == 404
