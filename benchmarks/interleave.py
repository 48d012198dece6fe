"""Measure the panels side by side: `interleave.py postgresql|sqlite [--rounds 40] [--panels kebu,bare]`.

All panels are up at once with one worker each; every round asks each panel for each page, in shuffled
order. So a noisy moment of the machine falls on all of them, and ratios are taken pair by pair in a round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

import places
import report
from contenders import contenders
from server import Server
from statements import StatementMeter
from visitor import Answer

WARM_UP_ROUNDS = 3
COUNTED_REQUESTS = 5

Sample = dict[str, float | None]


def main() -> None:
    """Run the rounds, print the tables and write the results into the scratch folder."""
    options = _options()
    here = places.from_environment()
    known = contenders(here, options.engine)
    names = options.panels.split(",") if options.panels else list(known)
    if missing := [name for name in names if name not in known]:
        sys.exit(f"Unknown or not prepared: {', '.join(missing)}. There are: {', '.join(known)}")
    servers: list[Server] = []
    try:
        for name in names:
            # One by one: what started before a failure has to be stopped.
            servers.append(Server(known[name], here.folder))  # noqa: PERF401
        results = _measure(servers, options, here)
    finally:
        for server in servers:
            server.stop()
    out = here.folder / f"interleave_{options.engine}_{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    out.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")
    print(report.as_text(results, options.baseline), f"\nwritten to {out}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("postgresql", "sqlite"))
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--minutes", type=float, default=9.0, help="stop after the round in which they are over"
    )
    parser.add_argument("--panels", default="", help="names, with commas between them; all by default")
    parser.add_argument(
        "--pages", default="", help="names of pages, with commas between them; all by default"
    )
    parser.add_argument("--baseline", default="bare", help="the panel that ratios are printed against")
    return parser.parse_args()


def _measure(servers: list[Server], options: argparse.Namespace, here: places.Places) -> dict[str, object]:
    wanted = set(options.pages.split(",")) if options.pages else None
    jobs = [
        (server, page)
        for server in servers
        for page in server.contender.pages
        if not wanted or page in wanted
    ]
    before = os.getloadavg()[0]
    samples = _rounds(list(jobs), options.rounds, options.minutes)
    return {
        "engine": options.engine,
        "customers": here.customers,
        "page_size": here.page_size,
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": {"before": before, "after": os.getloadavg()[0]},
        "cells": _cells(jobs, samples, _statements(jobs, here.peers_url(options.engine))),
    }


def _rounds(
    jobs: list[tuple[Server, str]], rounds: int, minutes: float
) -> dict[tuple[str, str], list[Sample]]:
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    stop_at = time.monotonic() + minutes * 60
    order = random.Random(rounds)
    for number in range(-WARM_UP_ROUNDS, rounds):
        order.shuffle(jobs)
        for server, page in jobs:
            sample = _sample(server, page)
            if number >= 0:
                samples[server.contender.name, page].append(sample)
        if number >= 0 and time.monotonic() > stop_at:
            break
    return samples


def _sample(server: Server, page: str) -> Sample:
    used = server.cpu_seconds()
    started = time.perf_counter()
    answer = _open(server, page)
    elapsed = time.perf_counter() - started
    used_after = server.cpu_seconds()
    cpu = None if used is None or used_after is None else (used_after - used) * 1000
    return {"ms": elapsed * 1000, "cpu_ms": cpu, "bytes": len(answer.body)}


def _open(server: Server, page: str) -> Answer:
    answer = server.visitor.get(server.contender.pages[page])
    if answer.status != 200:
        sys.exit(
            f"{server.contender.name}: {page} answered {answer.status}; a benchmark of errors says nothing."
        )
    return answer


def _statements(jobs: list[tuple[Server, str]], meter_url: str) -> dict[tuple[str, str], tuple[float, float]]:
    meter = StatementMeter(meter_url)
    if not meter.available:
        return {}
    found = {}
    for server, page in jobs:
        url = server.contender.database_url
        before = meter.total(url)
        for _ in range(COUNTED_REQUESTS):
            _open(server, page)
        after = meter.total(url)
        found[server.contender.name, page] = (
            (after.statements - before.statements) / COUNTED_REQUESTS,
            (after.milliseconds - before.milliseconds) / COUNTED_REQUESTS,
        )
    return found


def _cells(
    jobs: list[tuple[Server, str]],
    samples: dict[tuple[str, str], list[Sample]],
    statements: dict[tuple[str, str], tuple[float, float]],
) -> dict[str, dict[str, dict[str, object]]]:
    cells: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
    for server, page in jobs:
        name = server.contender.name
        sql, database_ms = statements.get((name, page), (None, None))
        cells[name][page] = {
            **report.summary(samples[name, page]),
            "sql": sql,
            "database_ms": database_ms,
            "phones": _open(server, page).phones(),
            "samples_ms": [round(sample["ms"] or 0.0, 3) for sample in samples[name, page]],
        }
    return dict(cells)


if __name__ == "__main__":
    main()
