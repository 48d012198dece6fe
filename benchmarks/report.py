"""From samples to tables: medians, ratios pair by pair, targets, and whether the rows were the same."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from targets import TARGETS, Cell


def summary(samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Return p50, min and p95 and median processor time in milliseconds, bytes and number of samples."""
    times = sorted(sample["ms"] for sample in samples)
    processor = [sample["cpu_ms"] for sample in samples if sample["cpu_ms"] is not None]
    return {
        "p50": round(statistics.median(times), 2),
        "min": round(times[0], 2),
        "p95": round(times[min(len(times) - 1, int(len(times) * 0.95))], 2),
        "cpu_ms": round(statistics.median(processor), 2) if processor else None,
        "bytes": samples[-1]["bytes"],
        "n": len(times),
    }


def pair_ratios(results: dict[str, Any], above: Cell, below: Cell) -> list[float]:
    """Return the ratios of the two cells, one for each round."""
    cells = results["cells"]
    first, second = cells[above[0]][above[1]]["samples_ms"], cells[below[0]][below[1]]["samples_ms"]
    return [over / under for over, under in zip(first, second, strict=True)]


def as_text(results: dict[str, Any], baseline: str) -> str:
    """Return the results as Markdown: cells, ratios to the baseline, targets, rows that differ."""
    load = results["load_average"]
    lines = [
        (
            f"{results['engine']}, {results['customers']:,} customers, {results['page_size']} a page, "
            f"{results['at']}, {results['cores']} cores, load {load['before']:.1f} to {load['after']:.1f}"
        ),
        "",
        *_cell_table(results),
        "",
        *_ratio_table(results, baseline),
        "",
        *_target_table(results),
        "",
        *_row_differences(results, baseline),
    ]
    return "\n".join(lines)


def _cell_table(results: dict[str, Any]) -> Iterable[str]:
    yield "| panel | page | p50 ms | min | p95 | CPU ms | SQL | database ms | KB | n |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for panel, pages in results["cells"].items():
        for page, cell in pages.items():
            yield (
                f"| {panel} | {page} | {cell['p50']:.1f} | {cell['min']:.1f} | {cell['p95']:.1f} "
                f"| {_number(cell['cpu_ms'])} | {_number(cell['sql'])} | {_number(cell['database_ms'])} "
                f"| {cell['bytes'] / 1024:.1f} | {cell['n']} |"
            )


def _ratio_table(results: dict[str, Any], baseline: str) -> Iterable[str]:
    cells = results["cells"]
    if baseline not in cells:
        return
    yield f"| page | panel | times {baseline}, by p50 | pair by pair: median (quartiles) |"
    yield "|---|---|---:|---:|"
    for page, base in cells[baseline].items():
        for panel in cells:
            if panel != baseline and page in cells[panel]:
                pairs = pair_ratios(results, (panel, page), (baseline, page))
                ratio = cells[panel][page]["p50"] / base["p50"]
                yield f"| {page} | {panel} | {ratio:.2f} | {_spread(pairs)} |"


def _target_table(results: dict[str, Any]) -> Iterable[str]:
    cells = results["cells"]
    yield "| target | limit | by p50 | pair by pair: median (quartiles) | met |"
    yield "|---|---|---:|---:|---|"
    for target in TARGETS:
        limit = f"{target.sense} {target.limit:g}"
        if any(page not in cells.get(panel, {}) for panel, page in (target.above, target.below)):
            yield f"| {target.promise} | {limit} | | | not measured |"
            continue
        (panel, page), (other, other_page) = target.above, target.below
        ratio = cells[panel][page]["p50"] / cells[other][other_page]["p50"]
        pairs = _spread(pair_ratios(results, target.above, target.below))
        met = "yes" if target.is_met(ratio) else "**no**"
        yield f"| {target.promise} | {limit} | {ratio:.2f} | {pairs} | {met} |"


def _row_differences(results: dict[str, Any], baseline: str) -> Iterable[str]:
    cells = results["cells"]
    for page, base in cells.get(baseline, {}).items():
        for panel in cells:
            cell = cells[panel].get(page)
            if panel != baseline and cell and cell["phones"] != base["phones"]:
                same = len(set(cell["phones"]) & set(base["phones"]))
                yield (
                    f"Not the same rows on {page}: {panel} shows {len(cell['phones'])} phones, "
                    f"{baseline} {len(base['phones'])}, {same} in both."
                )


def _spread(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.2f}"
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
