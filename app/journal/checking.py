"""Checking: how far each chain was last found whole, kept in a signed file, so that a check reads only what is new."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.core.clock import utc_now
from app.core.crypto import same
from app.core.kernel import kernel
from app.journal.verifying import Fault, Verdict, verify

FILE = "journal-checked.json"
_PURPOSE = "journal checked"


def check_new(engine: Engine) -> Verdict:
    """Walk what was written since the last check, and keep what was found."""
    return _check(engine, _since(read_state(kernel().home)))


def check_all(engine: Engine) -> Verdict:
    """Walk everything, and keep what was found."""
    return _check(engine, None)


def _since(state: dict[str, Any]) -> dict[str, tuple[str, int, str]]:
    return {name: (born, place, mac) for name, (born, place, mac) in state.get("whole", {}).items()}


def _check(engine: Engine, since: dict[str, tuple[str, int, str]] | None) -> Verdict:
    with engine.connect() as connection:
        verdict = verify(connection, since)
    whole = {**(since or {}), **verdict.whole}
    _write_state(kernel().home, whole, verdict.faults)
    return verdict


def health() -> str:
    """Return what the last check found, for the health check's page: `whole`, `unchecked`, or the first fault."""
    state = read_state(kernel().home)
    if not state:
        return "unchecked"
    faults = [Fault(**each) for each in state["faults"]]
    return f"{faults[0].chain} {faults[0].place}: {faults[0].why}" if faults else "whole"


def read_state(home: Path) -> dict[str, Any]:
    """Return what the last check kept; empty when there was none, or when the file was changed by others."""
    try:
        state: dict[str, Any] = json.loads((home / FILE).read_text(encoding="utf-8"))
        sign = state.pop("sign")
    except (OSError, ValueError, KeyError, AttributeError):
        return {}
    return state if isinstance(sign, str) and same(sign.encode(), _sign(state).encode()) else {}


def _write_state(home: Path, whole: dict[str, tuple[str, int, str]], faults: list[Fault]) -> None:
    state: dict[str, Any] = {
        "moment": utc_now().isoformat(timespec="seconds"),
        "whole": {name: list(each) for name, each in whole.items()},
        "faults": [{"chain": each.chain, "place": each.place, "why": each.why} for each in faults],
    }
    trial = home / f"{FILE}.{os.getpid()}"
    trial.write_text(json.dumps({**state, "sign": _sign(state)}), encoding="utf-8")
    trial.chmod(0o600)
    trial.replace(home / FILE)


def _sign(state: dict[str, Any]) -> str:
    text = json.dumps(state, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(kernel().keys.mac(_PURPOSE, text.encode())).decode()
