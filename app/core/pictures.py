"""Pictures: checked by decoding them and written anew, so that nothing but the picture itself is kept."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

from flask_babel import gettext as _
from PIL import Image, ImageOps

from app.core.fields.base import FieldProblem
from app.core.file_types import GIF, JPEG, PNG, WEBP

FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}
MOST_PIXELS = 64_000_000
LONGEST_EDGE = 2560
_OPTIONS: dict[str, dict[str, object]] = {
    JPEG: {"quality": 88, "progressive": True},
    PNG: {"optimize": False, "compress_level": 6},
    WEBP: {"quality": 88, "method": 4},
    GIF: {},
}
# What Pillow's decoders are known to raise for damaged files, besides OSError.
_DAMAGED = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError, AttributeError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


def rewrite(path: Path, media_type: str) -> None:
    """Write the picture at `path` anew: upright, at most 2560 pixels long, one frame, without position or camera.

    Raises `FieldProblem` for a damaged picture and for one of more than 64 million pixels.
    """
    picture = _load(path, media_type, LONGEST_EDGE)
    with path.open("wb") as file:
        picture.save(file, format=FORMATS[media_type], **_OPTIONS[media_type])


def miniature(path: Path, media_type: str, edge: int) -> Image.Image:
    """Return the picture with its longer side at most `edge` pixels; raise `FieldProblem` when it is damaged."""
    return _load(path, media_type, edge)


def _load(path: Path, media_type: str, edge: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=[FORMATS[media_type]]) as opened:
                too_large = opened.width * opened.height > MOST_PIXELS
                picture = opened if too_large else _plain(opened, media_type, edge)
    except _DAMAGED as error:
        raise FieldProblem(_("This picture is damaged and can't be read.")) from error
    if too_large:
        raise FieldProblem(_("This picture has too many pixels; at most 64 million."))
    return picture


def _plain(opened: Image.Image, media_type: str, edge: int) -> Image.Image:
    """Return the first frame, upright and small enough, in a colour mode its format can keep."""
    if media_type == JPEG:
        # Lets the decoder skip what is scaled away at once: much less memory for a photo of a phone.
        opened.draft("RGB", (edge * 2, edge * 2))
    upright = ImageOps.exif_transpose(opened)
    transparent = media_type != JPEG and (
        upright.has_transparency_data or upright.mode in ("RGBA", "LA", "PA")
    )
    picture = upright.convert("RGBA" if transparent else "L" if upright.mode in ("L", "1") else "RGB")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    # Comments, colour profile, position and camera all travel in `info`, and the writers would keep them.
    picture.info.clear()
    return picture
