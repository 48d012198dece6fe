"""The verb `report`: the answer of a report on standard output, for people and for other programs."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app import create_app
from app.cli.serving import load_settings, prepare_database, prepare_home
from app.core.database import db
from app.core.fields.base import FieldProblem
from app.core.fields.dates import read_date
from app.core.permissions import everything_granted
from app.core.shop import shop
from app.insight.errors import BadWish
from app.insight.files import report_file
from app.insight.frames import Span
from app.insight.reports import REPORTS, Wish, run_report

_LOCALES = {"en": "en", "zh": "zh_Hans"}


def run(options: argparse.Namespace) -> int:
    """Print a report in the wanted format, or the list of all of them; 0 once it is printed."""
    settings = load_settings(options)
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    # Whoever may start verbs on this machine has its database in hand anyway.
    with app.app_context(), everything_granted():
        language = options.language or ("zh" if shop().language.startswith("zh") else "en")
        with force_locale(_LOCALES[language]):
            if options.list:
                print(_as_json() if options.format == "json" else _as_text())
            else:
                _print(options)
        db.session.remove()
    return 0


def _print(options: argparse.Namespace) -> None:
    if options.name is None:
        raise BadWish({"name": _("Name a report; --list names them all.")})
    result = run_report(options.name, _wish(options))
    sys.stdout.flush()
    with report_file(result, options.format or "json") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _wish(options: argparse.Namespace) -> Wish:
    wrong: dict[str, Any] = {}
    days = {name: _day(options, name, wrong) for name in ("since", "until", "asof")}
    if wrong:
        raise BadWish(wrong)
    ends = [day for day in (days["until"], days["asof"]) if day is not None]
    span = Span(days["since"], min(ends, default=None))
    return Wish(options.source, span, options.branch, _parameters(options.param))


def _day(options: argparse.Namespace, name: str, wrong: dict[str, Any]) -> Any:
    text = getattr(options, name)
    try:
        return read_date(text) if text else None
    except FieldProblem as problem:
        wrong[name] = str(problem)
        return None


def _parameters(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadWish({"parameters": _("A parameter is written name=value.")})
        found[name] = value
    return found


def _as_text() -> str:
    lines = []
    for each in REPORTS.values():
        lines += [f"{each.name}  {each.label}", f"    {each.formula}"]
        lines += [f"    --param {name}=…  {told}" for name, told in each.parameters.items()]
    return "\n".join(lines)


def _as_json() -> str:
    told = [
        {
            "name": each.name,
            "label": _in_both(each.label),
            "formula": _in_both(each.formula),
            "facts": [each.fact],
            "parameters": {name: _in_both(text) for name, text in each.parameters.items()},
        }
        for each in REPORTS.values()
    ]
    return json.dumps({"reports": told}, ensure_ascii=False, indent=1)


def _in_both(text: Any) -> dict[str, str]:
    told = {}
    for name, locale in _LOCALES.items():
        with force_locale(locale):
            told[name] = str(text)
    return told
