"""Gone inputs: what was typed into a form that has changed since it was opened is told, not dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.migration import OWN_COLUMN

_OWN_INPUT = re.compile(rf"{OWN_COLUMN}[a-z0-9]+")
_MOST_TOLD, _MOST_REPEATED = 5, 100


def gone_inputs(
    screen: Screen,
    form: MultiDict[str, str],
    base: Mapping[str, str],
    digest: Callable[[Sequence[str]], str],
) -> str:
    """Return a message with what was typed into own inputs that the screen has no longer; '' when nothing was.

    `base` holds the `digest` of each input as it was first shown: what nobody has touched needs no telling.
    """
    typed = []
    for name in form:
        texts = form.getlist(name)
        is_gone = name not in screen.fields and _OWN_INPUT.fullmatch(name)
        if is_gone and any(text.strip() for text in texts) and base.get(name) != digest(texts):
            typed.append(f"“{', '.join(texts)[:_MOST_REPEATED]}”")
    if not typed:
        return ""
    return _(
        "A manager has changed this form meanwhile. It no longer asks for what you typed here: %(typed)s. "
        "Put it where it belongs now and save again.",
        typed=" · ".join(typed[:_MOST_TOLD]),
    )
