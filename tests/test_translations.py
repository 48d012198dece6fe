"""The catalogues: complete, compiled only when they changed, and no visible text beside them."""

from __future__ import annotations

import gettext
import multiprocessing
from pathlib import Path

import pytest

from app import literals, translations

ROOT = Path(__file__).resolve().parents[1]
PO = """msgid ""
msgstr ""
"Language: zh_Hans\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

{body}
"""


def a_catalogue(folder: Path, locale: str, body: str) -> Path:
    """Write a catalogue with the given messages."""
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PO.format(body=body), encoding="utf-8")
    return path


def a_project(root: Path, python: str, template: str = "") -> Path:
    """Make a small project with one module and one template."""
    (root / "app" / "templates").mkdir(parents=True)
    (root / "babel.cfg").write_bytes((ROOT / "babel.cfg").read_bytes())
    (root / "app" / "shop.py").write_text(python, encoding="utf-8")
    (root / "app" / "templates" / "page.html").write_text(template, encoding="utf-8")
    return root


def _compile(arguments: tuple[str, str]) -> str:
    source, target = map(Path, arguments)
    compiled = translations.compile_catalogues(source, target)
    return gettext.translation("messages", compiled, ["zh_Hans"]).gettext("Customer")


def test_catalogues_are_compiled_once_until_they_change(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "cache"
    a_catalogue(source, "zh_Hans", 'msgid "Customer"\nmsgstr "顾客"\n')
    first = translations.compile_catalogues(source, target)
    written = (first / "zh_Hans" / "LC_MESSAGES" / "messages.mo").stat().st_mtime_ns
    again = translations.compile_catalogues(source, target)
    a_catalogue(source, "zh_Hans", 'msgid "Customer"\nmsgstr "客户"\n')

    word = _compile((str(source), str(target)))

    assert again == first
    assert written
    assert word == "客户"
    assert len(list(target.iterdir())) == 1, "what nobody needs any more is deleted"


def test_many_processes_may_compile_at_once(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "cache"
    a_catalogue(source, "zh_Hans", 'msgid "Customer"\nmsgstr "顾客"\n')

    with multiprocessing.get_context("spawn").Pool(4) as pool:
        words = pool.map(_compile, [(str(source), str(target))] * 12, chunksize=1)

    assert set(words) == {"顾客"}
    assert len(list(target.iterdir())) == 1


def test_fuzzy_translations_are_not_shown(tmp_path: Path) -> None:
    a_catalogue(tmp_path / "source", "zh_Hans", '#, fuzzy\nmsgid "Customer"\nmsgstr "供应商"\n')

    assert _compile((str(tmp_path / "source"), str(tmp_path / "cache"))) == "Customer"


def test_update_finds_every_message_fills_english_in_and_keeps_translations(tmp_path: Path) -> None:
    python = (
        'name = _l("Customer")\nmany = ngettext("%(num)s pet", "%(num)s pets", 2)\n'
        'word = pgettext("verb", "Book")\n'
        'later = lazy_ngettext("%(num)s day", "%(num)s days", 3)\n'
    )
    root = a_project(tmp_path, python, "<p>{{ _('Welcome') }}</p>{% trans %}Good morning{% endtrans %}")
    source = root / "translations"
    a_catalogue(source, "zh_Hans", 'msgid "Customer"\nmsgstr "顾客"\n\nmsgid "Old"\nmsgstr "旧"\n')

    lines = translations.update(source, root)
    before = {path: path.read_bytes() for path in source.rglob("*.po")}
    translations.update(source, root)
    report = translations.check(source, root)

    english = translations.read_catalogue(source / "en" / "LC_MESSAGES" / "messages.po")
    assert {message.id for message in english if message.id} == {
        "Customer",
        ("%(num)s pet", "%(num)s pets"),
        ("%(num)s day", "%(num)s days"),
        "Book",
        "Welcome",
        "Good morning",
    }
    assert english.get("Book", "verb").string == "Book"
    chinese = translations.read_catalogue(source / "zh_Hans" / "LC_MESSAGES" / "messages.po")
    assert chinese.get("Customer").string == "顾客"
    assert chinese.get("Old") is None
    assert before == {path: path.read_bytes() for path in source.rglob("*.po")}, (
        "a second update changes nothing"
    )
    assert any(line.startswith("zh_Hans: 6 messages, 5 without") for line in lines)
    assert len([error for error in report.errors if error.startswith("zh_Hans: not translated")]) == 5
    assert not [error for error in report.errors if error.startswith("en:")]
    assert len([gap for gap in report.gaps if gap.startswith("zh_Hant: not translated")]) == 6


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('#, fuzzy\nmsgid "Hello %(name)s"\nmsgstr "你好 %(name)s"\n', "zh_Hans: fuzzy"),
        ('msgid "Hello %(name)s"\nmsgstr "你好 %(nmae)s"\n', "zh_Hans: other placeholders"),
        ('msgid "Hello %(name)s"\nmsgstr "你好"\n', "zh_Hans: other placeholders"),
        ('msgid "Hello %(name)s"\nmsgstr ""\n', "zh_Hans: not translated"),
        ("", "zh_Hans: missing"),
        (
            'msgid "Hello %(name)s"\nmsgstr "你好 %(name)s"\n\nmsgid "Old"\nmsgstr "旧"\n',
            "zh_Hans: no longer used",
        ),
    ],
)
def test_check_finds_what_is_wrong_with_a_catalogue(body: str, error: str, tmp_path: Path) -> None:
    root = a_project(tmp_path, 'text = _("Hello %(name)s", name=1)\n')
    translations.update(root / "translations", root)
    a_catalogue(root / "translations", "zh_Hans", body)

    report = translations.check(root / "translations", root)

    assert len(report.errors) == 1
    assert report.errors[0].startswith(error)


def test_a_template_that_cannot_be_read_stops_the_extraction(tmp_path: Path) -> None:
    root = a_project(tmp_path, "", "{% if %}{{ _('Lost') }}")

    with pytest.raises(Exception, match="Expected an expression"):
        translations.extract(root)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>\n  {{ _('Hello') }} you\n</p>", ["you"]),
        ('<a title="Open" aria-label="{{ _("Close") }}">×</a>', ["Open"]),
        (
            '<input placeholder="Name"><img alt="A cat"><input type="submit" value="Save">',
            ["Name", "A cat", "Save"],
        ),
        ('<input name="q" value="text" class="wide">', []),
        ("<p>客户</p>", ["客户"]),
        ("<p>{# a note #}{% if a %}Yes{% else %}12:30 · 50%{% endif %}</p>", ["Yes"]),
        ("{% trans %}Fine{% endtrans %}<script>let a;</script><style>p{}</style>", []),
        ('{% macro m() %} aria-invalid="true" title="Wrong"{% endmacro %}', ["Wrong"]),
        ("Kebu 客簿", []),
    ],
)
def test_visible_text_in_a_template_is_found(template: str, found: list[str]) -> None:
    assert [text for _place, text in literals.in_template(template, "page.html")] == found


def test_text_in_a_template_is_found_on_its_line() -> None:
    assert literals.in_template("<p>\n{{ _('a') }}\n\nHello\n</p>", "page.html") == [("page.html:4", "Hello")]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('flash("Saved")', ["Saved"]),
        ('flash(_("Saved"))', []),
        ('flash(f"Saved {name}")', ["Saved "]),
        ('from app.x.errors import Refused\nraise Refused("Not now")', ["Not now"]),
        ('from app.x.errors import Invalid\nraise Invalid({"name": "Too long"})', ["Too long"]),
        ('raise ValueError("for a programmer")', []),
        ('Field("name", label="Name", help=_l("Why"))', ["Name"]),
        ('Screen(title="subject")', []),
        (
            'from app.core.errors import KebuError\nclass Late(KebuError):\n    message = "Too late"',
            ["Too late"],
        ),
    ],
)
def test_visible_text_in_python_is_found(source: str, found: list[str]) -> None:
    assert [text for _place, text in literals.in_python(source, "shop.py")] == found


def test_every_exception_has_its_reason() -> None:
    reasons = [*literals.ALLOWED_TEXT.values(), *literals.ALLOWED_PLACES.values()]

    assert all(len(reason.split()) >= 4 for reason in reasons)


def test_nothing_in_the_program_is_shown_to_people_that_cannot_be_translated() -> None:
    assert literals.find(ROOT) == []
