"""Takes the handbook's pictures: `python -m tests.stories.pictures`; with a folder named, every page in every form."""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from tests.stories.places import IN_HANDBOOK, OWNERS, STRANGERS, UNOPENED, Place
from tests.stories.places_of_lists import LISTS
from tests.stories.places_of_trust import CLERKS, TRUST
from tests.stories.shops import Model, StoryShop
from tests.stories.visit import VARIANTS, Variant, Visit
from tests.support.live import open_browser

HANDBOOK = Path(__file__).resolve().parents[2] / "docs" / "handbook" / "pictures"
CUSTOMERS = 240
LARGEST_FILE = 150_000


def main() -> None:
    """Take the eight pictures of the handbook in both languages, or all pictures into the folder named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="every page, width, language and theme goes there"
    )
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as scratch, open_browser() as browser:
        for variant in VARIANTS:
            if folder is None and variant.is_phone:
                continue
            homes = Path(scratch) / str(variant)
            with StoryShop(Model(homes / "model", variant.language, CUSTOMERS), homes / "shop") as shop:
                visit = Visit(browser, shop, variant)
                themes = ["light"] if folder is None else ["light", "dark"]
                take_all(visit, folder, STRANGERS, themes)
                visit.sign_in("owner")
                take_all(visit, folder, (*OWNERS, *LISTS, *TRUST), themes)
                visit.sign_out()
                visit.sign_in("clerk")
                take_all(visit, folder, CLERKS, themes)
                visit.context.close()
            if folder is not None:
                with StoryShop(Model(homes / "empty-model"), homes / "empty") as shop:
                    visit = Visit(browser, shop, variant)
                    take_all(visit, folder, UNOPENED, ["light", "dark"])
                    visit.context.close()


def take_all(visit: Visit, folder: Path | None, places: Iterable[Place], themes: Iterable[str]) -> None:
    """Take the picture of each place; without a folder only those that the handbook shows."""
    for place in places:
        if folder is None and place.name not in IN_HANDBOOK:
            continue
        visit.watch.answers_expected = {place.status}
        place.enter(visit)
        for theme in themes:
            visit.show_theme(theme)
            take(visit, target(visit.variant, place, folder, theme), whole=folder is not None)


def target(variant: Variant, place: Place, folder: Path | None, theme: str) -> Path:
    """Return the file of a picture."""
    if folder is None:
        return HANDBOOK / f"{place.name}-{variant.language}.png"
    return folder / f"{place.name}-{variant}-{theme}.png"


def take(visit: Visit, path: Path, *, whole: bool) -> None:
    """Photograph the page once its own pictures have arrived, in few enough colours for the file to stay small."""
    visit.page.wait_for_function("[...document.images].every(image => image.complete)")
    visit.page.evaluate("document.activeElement?.blur()")
    picture = Image.open(io.BytesIO(visit.page.screenshot(full_page=whole, animations="disabled")))
    path.parent.mkdir(parents=True, exist_ok=True)
    for colours in (256, 128, 64):
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST_FILE:
            return


if __name__ == "__main__":
    main()
