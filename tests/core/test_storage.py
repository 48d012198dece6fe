"""Uploads are what they say they are, lose what nobody should see, and are whole or not there at all."""

from __future__ import annotations

import hashlib
import io
import os
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, PngImagePlugin

from app.core import fields, file_types, pictures, storage
from app.core.database import db
from app.core.errors import NotFound
from app.core.fields import FieldProblem
from app.core.transaction import transaction
from app.core.upload import Upload

ANY_FILE = (*fields.File("paper", "Paper").accept, "image/gif")
PICTURES = fields.Image("photo", "Photo").accept
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def home(sqlite_core: Flask, tmp_path: Path) -> Iterator[Path]:
    """An instance folder of the test's own."""
    kernel = sqlite_core.extensions["kebu"]
    former, kernel.home = kernel.home, tmp_path / "我的 店"
    kernel.home.mkdir()
    with sqlite_core.test_request_context():
        yield kernel.home
    kernel.home = former


def keep(
    content: bytes, name: str | None = "file", accept: Any = ANY_FILE, limit: int = 5 * MEGABYTE
) -> Upload:
    """Store these bytes."""
    return storage.store(io.BytesIO(content), name, accept, limit)


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """Return a small picture's bytes."""
    buffer = io.BytesIO()
    colour: Any = (200, 30, 30) if mode == "RGB" else (200, 30, 30, 100) if mode == "RGBA" else 100
    Image.new(mode, size, colour).save(buffer, format=kind, **options)
    return buffer.getvalue()


def package(*names: str, content: bytes = b"<x/>") -> bytes:
    """Return a zip archive with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


def files_under(home: Path) -> list[Path]:
    """Return every file in the instance folder."""
    return [path for path in home.rglob("*") if path.is_file()]


WORKBOOK = package("[Content_Types].xml", "xl/workbook.xml")
LETTER = package("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "name", "media_type", "kept_name"),
    [
        (b"%PDF-1.7\n...", "发票.pdf", file_types.PDF, "发票.pdf"),
        (b"%PDF-1.7\n...", "invoice.html", file_types.PDF, "invoice.html.pdf"),
        (b"%PDF-1.7\n...", None, file_types.PDF, "file.pdf"),
        (b"%PDF-1.7\n...", ".pdf", file_types.PDF, "pdf.pdf"),
        (picture(), "cat.JPG", file_types.JPEG, "cat.JPG"),
        (picture(), "cat.png", file_types.JPEG, "cat.png.jpg"),
        (picture("PNG"), "cat.png", file_types.PNG, "cat.png"),
        (picture("WEBP"), "cat.webp", file_types.WEBP, "cat.webp"),
        (picture("GIF"), "cat.gif", file_types.GIF, "cat.gif"),
        ("王小明,1\n".encode(), "list.csv", file_types.CSV, "list.csv"),
        ("王小明,1\n".encode("gb18030"), "list.csv", file_types.CSV, "list.csv"),
        ("\ufeff王小明".encode(), "note.txt", file_types.PLAIN, "note.txt"),
        (b"echo hello", "run.exe", file_types.PLAIN, "run.exe.txt"),
        (WORKBOOK, "book.xlsx", file_types.XLSX, "book.xlsx"),
        (LETTER, "letter.docx", file_types.DOCX, "letter.docx"),
        (LETTER, "letter.xlsx", file_types.DOCX, "letter.xlsx.docx"),
    ],
)
def test_the_type_is_found_in_the_bytes_and_the_name_follows(
    content: bytes, name: str | None, media_type: str, kept_name: str
) -> None:
    upload = keep(content, name)

    assert (upload.media_type, upload.file_name) == (media_type, kept_name)
    with storage.open_upload(upload) as file:
        kept = file.read()
    assert (upload.size, upload.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())
    if media_type not in pictures.FORMATS:
        assert kept == content


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>",
        b"<HTML>",
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02",
        b"\x00" * 100,
        "utf-16 text".encode("utf-16"),
        b"\xff\xfe\xff",
        package("evil.txt"),
        package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        b"PK\x03\x04 not a zip",
        package("[Content_Types].xml", "xl/workbook.xml")[:-30],
        b"BM" + b"\0" * 60,
        b"II*\x00" + b"\0" * 60,
    ],
    ids=range(15),
)
def test_a_file_of_an_unknown_or_dangerous_kind_is_refused(home: Path, content: bytes) -> None:
    with pytest.raises(FieldProblem, match="PDF, JPEG, PNG"):
        keep(content, "harmless.pdf")

    assert files_under(home) == []


def test_a_field_takes_only_what_it_accepts(home: Path) -> None:
    with pytest.raises(FieldProblem, match="JPEG, PNG, WebP, GIF"):
        keep(b"%PDF-1.7", "photo.jpg", PICTURES)

    assert files_under(home) == []


@pytest.mark.parametrize(("count", "refused"), [(MEGABYTE, False), (MEGABYTE + 1, True)])
def test_a_file_over_the_limit_is_refused(home: Path, count: int, refused: bool) -> None:
    content = b"%PDF-" + b"x" * (count - 5)

    if refused:
        with pytest.raises(FieldProblem, match="1 MB"):
            keep(content, limit=MEGABYTE)
        assert files_under(home) == []
    else:
        assert keep(content, limit=MEGABYTE).size == count


def test_a_stream_over_the_limit_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        """A stream that never ends."""

        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FieldProblem):
        storage.store(endless, "big.txt", ANY_FILE, MEGABYTE)

    assert endless.given < 2 * MEGABYTE


def test_an_empty_file_is_refused(home: Path) -> None:
    with pytest.raises(FieldProblem, match="empty"):
        keep(b"")

    assert files_under(home) == []


def test_a_zip_bomb_is_refused() -> None:
    bomb = package("[Content_Types].xml", "xl/workbook.xml", content=b"\0" * (160 * MEGABYTE))

    assert len(bomb) < MEGABYTE
    with pytest.raises(FieldProblem):
        keep(bomb, "bomb.xlsx")


def test_a_picture_loses_its_position_camera_comments_and_profile() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 1.0)
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "SECRET-AUTHOR")
    originals = [
        picture(exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE" * 20),
        picture("PNG", pnginfo=note, exif=exif),
        picture("WEBP", exif=exif, icc_profile=b"SECRET-PROFILE" * 20),
        picture("GIF", comment=b"SECRET-COMMENT"),
    ]
    assert all(b"SECRET" in original for original in originals)

    for original in originals:
        with storage.open_upload(keep(original)) as file:
            kept = file.read()
        assert b"SECRET" not in kept
        assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    polyglot = picture() + b"<script>alert(1)</script>" + package("payload.txt", content=b"PAYLOAD")

    with storage.open_upload(keep(polyglot, "cat.jpg")) as file:
        kept = file.read()

    assert b"<script>" not in kept
    assert b"PK\x03\x04" not in kept


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    with storage.open_upload(keep(picture(size=(60, 40), exif=exif))) as file:
        assert Image.open(file).size == (40, 60)


def test_a_large_picture_is_made_smaller() -> None:
    with storage.open_upload(keep(picture(size=(6000, 3000)))) as file:
        assert Image.open(file).size == (2560, 1280)


@pytest.mark.parametrize("size", [(10_000, 10_000), (40_000, 2_000)])
def test_a_picture_that_would_fill_the_memory_is_refused(home: Path, size: tuple[int, int]) -> None:
    huge = picture("PNG", size=size, mode="1")

    assert len(huge) < MEGABYTE
    with pytest.raises(FieldProblem, match=r"pixels|damaged"):
        keep(huge)
    assert files_under(home) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_damaged_picture_is_refused_or_repaired_and_nothing_worse(home: Path, kind: str) -> None:
    chance = random.Random(11)
    whole = picture(kind, size=(200, 150))
    kept = 0

    for _attempt in range(60):
        damaged = bytearray(whole)
        for _place in range(chance.randrange(1, 8)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        del damaged[chance.randrange(len(damaged) // 2, len(damaged)) :]
        try:
            upload = keep(bytes(damaged), "x", PICTURES)
        except FieldProblem:
            continue
        kept += 1
        storage.thumbnail(upload)

    stored = [path for path in files_under(home) if "uploads" in path.parts]
    assert len(stored) == kept


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16"])
def test_every_colour_mode_is_kept(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    buffer = io.BytesIO()
    Image.new(mode, (50, 50)).save(buffer, format=kind)

    upload = keep(buffer.getvalue())

    with storage.open_upload(upload) as file:
        assert Image.open(file).size == (50, 50)


def test_transparency_stays() -> None:
    with storage.open_upload(keep(picture("PNG", mode="RGBA"))) as file:
        assert Image.open(file).getpixel((0, 0)) == (200, 30, 30, 100)


def test_a_thumbnail_is_small_and_made_once(home: Path) -> None:
    upload = keep(picture(size=(800, 400)))

    first = storage.thumbnail(upload)
    storage.path_of(home, upload.id).unlink()
    second = storage.thumbnail(upload)

    assert first == second
    small = Image.open(io.BytesIO(first))
    assert (small.format, small.size) == ("WEBP", (160, 80))


def test_there_is_no_thumbnail_of_a_paper_or_of_nothing() -> None:
    paper = keep(b"%PDF-1.7")
    lost = Upload(id=paper.id, media_type=file_types.JPEG)
    storage.remove(paper)

    for upload in (paper, lost):
        with pytest.raises(NotFound):
            storage.thumbnail(upload)


def test_what_is_removed_is_gone_with_its_thumbnails(home: Path) -> None:
    upload = keep(picture())
    storage.thumbnail(upload)
    storage.thumbnail(upload, 320)

    storage.remove(upload)
    storage.remove(upload)

    assert files_under(home) == []
    with pytest.raises(NotFound):
        storage.open_upload(upload)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_stored_files_are_for_the_program_only(home: Path) -> None:
    upload = keep(picture())

    assert storage.path_of(home, upload.id).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王\\照片.jpg", "照片.jpg"),
        ("a\0b\n\u202egpj.exe", "ab gpj.exe"),
        ("..", ""),
        ("", ""),
        (" .hidden", "hidden"),
        ('a<b>:"|?*c.txt', "abc.txt"),
        ("\ud800x.txt", "x.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("王" * 300, "王" * 200),
        ("a." + "b" * 300, "a." + "b" * 198),
        ("発票 🐕.pdf", "発票 🐕.pdf"),
    ],
)
def test_a_file_name_is_a_name_and_no_path(given: str, kept: str) -> None:
    assert storage.clean_file_name(given) == kept


def test_a_row_can_be_saved_and_its_file_stays(home: Path) -> None:
    with transaction():
        upload = keep(b"%PDF-1.7")
        with db.session.begin_nested():
            db.session.add(upload)
            db.session.flush()
    db.session.rollback()
    key = upload.id
    with pytest.raises(ZeroDivisionError), transaction():
        keep(b"%PDF-1.4")
        raise ZeroDivisionError

    assert [path.name for path in files_under(home)] == [str(key)]
    assert db.session.get_one(Upload, key).file_name == "file.pdf"


def test_a_file_goes_when_its_transaction_is_undone(home: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.add(keep(b"%PDF-1.7"))
        db.session.flush()
        raise ZeroDivisionError

    assert files_under(home) == []


def test_an_undone_savepoint_takes_no_file_with_it(home: Path) -> None:
    with transaction():
        upload = keep(b"%PDF-1.7")
        db.session.add(upload)
        db.session.flush()
        with pytest.raises(ZeroDivisionError), db.session.begin_nested():
            raise ZeroDivisionError

    assert len(files_under(home)) == 1


def test_a_file_that_no_row_names_is_swept_away_when_it_is_old(home: Path) -> None:
    orphan, young = keep(b"%PDF-1.1"), keep(b"%PDF-1.2")
    with transaction():
        named = keep(b"%PDF-1.3")
        db.session.add(named)
    long_ago = time.time() - 72 * 3600
    for upload in (orphan, named):
        os.utime(storage.path_of(home, upload.id), (long_ago, long_ago))
    left_over = home / "uploads" / ".incoming" / "half"
    left_over.write_bytes(b"half a file")
    os.utime(left_over, (long_ago, long_ago))

    removed = storage.sweep(home)

    assert removed == 2
    assert {path.name for path in files_under(home)} == {str(young.id), str(named.id)}
