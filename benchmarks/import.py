"""How long an import takes and how much memory it needs, by number of rows and kind of file.

    .venv/bin/python benchmarks/import.py [ROWS or ROWS.csv or ROWS.xlsx …]

Each measurement is a process of its own with a fresh shop: receive and check, write, check the same file again,
export as XLSX. Without a database in KEBU_BENCH_IMPORT_URL (an empty one that may be filled) the shop is a
SQLite file in a temporary folder. Prints Markdown.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

HEAD = ["姓名", "手机号", "性别", "生日", "会员号", "门店", "标签", "微信", "地址", "备注"]
ROWS = (50_000, 1_000_000)
STEPS = ("check", "write", "again", "export")
MARKS = (10, 50, 100)


def rows(count: int) -> Iterator[list[str]]:
    """Yield so many customers as a spreadsheet would have them; one in a thousand has a phone that is lost."""
    for at in range(count):
        phone = (
            "1.38E+10"
            if at % 1_000 == 999
            else f"1{30 + at % 69}-{at // 10_000 % 10_000:04}-{at % 10_000:04}"
        )
        day = f"{at % 12 + 1}/{at % 28 + 1}/{1950 + at % 60}"
        yield [
            f"顾客{at}", phone, "女" if at % 2 else "男", day, f"M{at:08}", "Main branch", "VIP;周末" if at % 3 else "",
            f"wx{at}", f"城北路 {at % 500} 号", "老顾客，喜欢周末来",
        ]  # fmt: skip


def make_table(path: Path, count: int) -> None:
    """Write the table, as CSV or XLSX by its name."""
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows(0)])
            csv.writer(file).writerows(rows(count))
        return
    from app.panel.sheet_writing import SheetWriter  # noqa: PLC0415 - only here, beside the measured process

    with path.open("wb") as file, SheetWriter(file, "客户", HEAD) as sheet:
        for row in rows(count):
            sheet.write(row)


def measure(home: Path, table: Path) -> None:
    """Import the table into a fresh shop in this process and print what it took as JSON."""
    import config  # noqa: PLC0415 - the measured process alone loads the program
    from app import create_app  # noqa: PLC0415
    from app.core import schema  # noqa: PLC0415
    from app.core.shop import settled_shop  # noqa: PLC0415

    home.mkdir(parents=True, exist_ok=True)
    environment = {"KEBU_HOME": str(home)}
    if url := os.environ.get("KEBU_BENCH_IMPORT_URL"):
        environment["KEBU_DATABASE_URL"] = url
    settings = config.load(environment)
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    found: dict[str, Any] = {"start_mb": peak_mb()}
    with app.app_context(), settled_shop():
        found.update(steps(table))
    print(json.dumps(found))


def steps(table: Path) -> dict[str, Any]:
    """Do every step of an import, then export all; return what each took and came to."""
    from app.access.models import Branch  # noqa: PLC0415
    from app.core.database import db  # noqa: PLC0415
    from app.core.kernel import kernel  # noqa: PLC0415
    from app.core.transaction import transaction  # noqa: PLC0415
    from app.panel.exporting import wish_of, xlsx_file  # noqa: PLC0415
    from app.panel.importing import starting  # noqa: PLC0415
    from app.panel.importing.models import Import, ImportState  # noqa: PLC0415
    from app.panel.reading import Question  # noqa: PLC0415
    from app.people.models import Tag  # noqa: PLC0415

    with transaction():
        db.session.add_all([Branch(name="Main branch"), Tag(name="VIP"), Tag(name="周末")])
    screen, found = kernel().screens["people:customer"], {}
    for step in STEPS[:3]:
        began, worked = time.perf_counter(), time.process_time()
        if step != "write":
            with table.open("rb") as stream:
                key = starting.receive(screen, stream, table.name, 8 * 1024**3)
        with transaction():
            state = ImportState.WRITING if step == "write" else ImportState.CHECKING
            db.session.get_one(Import, key).begin(state)
        held = Held()
        starting.work(key, "write" if step == "write" else "check", lambda _permission: True, held.note)
        item = db.session.get_one(Import, key, populate_existing=True)
        counts = [item.inserted, item.updated, item.same, item.refused]
        found[step] = {**took(began, worked), "counts": counts, "held_mb": held.megabytes}
    began, worked = time.perf_counter(), time.process_time()
    xlsx_file(Question(screen), wish_of(screen, "all", "person")).close()
    return {**found, "export": took(began, worked)}


class Held:
    """The memory that the process held when a tenth, half and all of the rows were done: it shows whether it grows."""

    def __init__(self) -> None:
        """Nothing has been done yet."""
        self.megabytes: list[int] = []

    def note(self, done: int, total: int) -> None:
        """Look at the memory when the next mark is passed."""
        while len(self.megabytes) < len(MARKS) and done * 100 >= total * MARKS[len(self.megabytes)]:
            self.megabytes.append(held_mb())


def held_mb() -> int:
    """Return the memory that this process holds now, in megabytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:")), 0)


def took(began: float, worked: float) -> dict[str, Any]:
    """Return the seconds since then, by the clock and by the processor, and the most memory so far."""
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak_mb()}


def peak_mb() -> int:
    """Return the most memory that this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(wishes: list[str]) -> None:
    """Measure every kind of file with every number of rows, or those that are named."""
    heads = " | ".join(f"{step}, s (CPU)" for step in STEPS)
    marks = ", ".join(f"{mark} %" for mark in MARKS)
    print(f"| rows | file | MB | {heads} | MB held while writing at {marks} | most MB by step (at start) |")
    print("|---" * (len(STEPS) + 5) + "|")
    for wish in wishes:
        number, _dot, kind = wish.partition(".")
        count = int(number)
        for suffix in (f".{kind}",) if kind else (".csv", ".xlsx"):
            with tempfile.TemporaryDirectory() as folder:
                table = Path(folder) / f"customers{suffix}"
                make_table(table, count)
                done = subprocess.run(
                    [sys.executable, __file__, "--measure", str(Path(folder) / "home"), str(table)],
                    stdout=subprocess.PIPE, text=True, check=True,
                )  # fmt: skip
                print(line(count, table, json.loads(done.stdout)), flush=True)


def line(count: int, table: Path, found: dict[str, Any]) -> str:
    """Return a row of the table of results; fail when the second check saw anything but the same rows."""
    lost = count // 1_000
    assert found["write"]["counts"] == [count - lost, 0, 0, lost], found
    assert found["again"]["counts"] == [0, 0, count - lost, lost], found
    seconds = " | ".join(f"{found[step]['seconds']:.0f} ({found[step]['cpu']:.0f})" for step in STEPS)
    size = table.stat().st_size / 1024 / 1024
    held = ", ".join(str(each) for each in found["write"]["held_mb"])
    peaks = ", ".join(str(found[step]["peak_mb"]) for step in STEPS)
    return f"| {count:,} | {table.suffix[1:]} | {size:.0f} | {seconds} | {held} | {peaks} ({found['start_mb']}) |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(sys.argv[1:] or [str(count) for count in ROWS])
