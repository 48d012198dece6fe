"""Field types of people's records."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.fields import Date, FieldProblem
from app.core.shop import today


def whole_months(born: datetime.date, day: datetime.date) -> int:
    """Return the completed months of life on `day`; negative before birth."""
    months = (day.year - born.year) * 12 + day.month - born.month
    return months if day.day >= born.day else months - 1


def age_text(born: datetime.date, day: datetime.date) -> str:
    """Return an age in words: months below two years, years from then on; '' before birth."""
    months = whole_months(born, day)
    if months < 0:
        return ""
    if months < 24:
        return str(ngettext("%(num)d month", "%(num)d months", months))
    return str(ngettext("%(num)d year", "%(num)d years", months // 12))


@dataclass(frozen=True)
class BirthDate(Date):
    """A day of birth, never in the future, read together with the age that follows from it."""

    _: KW_ONLY
    widget: ClassVar[str] = "date"

    def parse_text(self, text: str) -> datetime.date:
        born = super().parse_text(text)
        if born > today():
            raise FieldProblem(_("A birthday can't lie in the future."))
        return born

    def display(self, value: Any) -> str:
        if value is None:
            return ""
        day, age = super().display(value), age_text(value, today())
        return _("%(date)s (%(age)s)", date=day, age=age) if age else day

    def attributes(self) -> Mapping[str, str]:
        return {**super().attributes(), "max": today().isoformat()}
