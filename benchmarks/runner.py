"""Shared by all benchmarks: the report's rows, ratios and medians, and the machine's description."""

import math
import os
import platform
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

DOCS = Path(__file__).parent.parent / "docs"
RESULTS = Path(__file__).with_name("results.json")
# What Debian's packages ship: installed, or unpacked.
MATERIAL = Path(os.environ.get("BENCH_MATERIAL", "/usr/share"))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measured promise: ``value`` against ``goal``; lower is better unless ``higher_is_better``.

    Rows of one ``group`` have one goal, and share a line of the report: that of the slowest.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None
    higher_is_better: bool = False
    original: str = "–"
    group: str | None = None
    detail: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.higher_is_better else self.value <= self.goal


def median_row(
    what: str,
    values: Sequence[float],
    *,
    unit: str = "ms",
    goal: float | None = None,
    original: str = "–",
    group: str | None = None,
    **detail: Any,
) -> Row:
    detail[unit] = spread(values)
    value = statistics.median(values)
    return Row(what=what, value=value, unit=unit, goal=goal, original=original, group=group, detail=detail)


def p95_row(what: str, values: Sequence[float], *, goal: float) -> Row:
    return Row(what=what, value=percentile(values, 0.95), unit="ms", goal=goal, detail={"ms": spread(values)})


def ratio_row(
    what: str, ours: Sequence[float], theirs: Sequence[float], *, goal: float, original: str = "–", **detail: Any
) -> Row:
    """The median of ours over the median of the reference; both in the same unit."""
    value = statistics.median(ours) / statistics.median(theirs)
    detail |= {"ours": spread(ours), "beside": spread(theirs)}
    return Row(what=what, value=value, unit="×", goal=goal, original=original, detail=detail)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def spread(values: Sequence[float]) -> dict[str, float]:
    found = {"min": min(values), "median": statistics.median(values), "p95": percentile(values, 0.95)}
    return {"n": len(values)} | {name: round(value, 4) for name, value in (found | {"max": max(values)}).items()}


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def write_report(rows: Sequence[Row], failed: Sequence[str]) -> None:
    """Into ``results.json``, and as a table into ``docs/performance.md``; ``failed`` could not be measured."""
    values = [msgspec.structs.asdict(row) | {"met": row.met} for row in rows]
    report = {"machine": machine(), "rows": values, "failed": failed}
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    lines = [*_table(rows), *(f"| `{name}` | | **could not be measured** | |" for name in failed)]
    write_block("performance.md", "bench", "\n".join(lines))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| what | goal | measured | the original |", "| --- | --- | --- | --- |")
    counts = Counter(row.group for row in rows)
    slowest = {row.group: row for row in sorted(rows, key=lambda row: row.value)}
    for row in rows:
        if row.group is None or row is slowest[row.group]:
            what = row.what if row.group is None else f"{counts[row.group]} {row.group}; the slowest, {row.what}"
            measured = f"**{_measured(row)} (missed)**" if row.met is False else _measured(row)
            yield f"| {what} | {_goal(row)} | {measured} | {row.original} |"


def write_block(document: str, name: str, text: str) -> None:
    """Put ``text`` between ``<!-- name -->`` and ``<!-- /name -->`` of a document in ``docs/``."""
    path = DOCS / document
    before, begin, rest = path.read_text().partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not (begin and end):
        raise ValueError(f"{path} has no place for {name}")
    path.write_text(f"{before}{begin}{text}\n{end}{after}")


def print_table(rows: Sequence[Row]) -> None:
    table = Table("what", "measured", "goal", "met", "the original")
    for row in rows:
        met = {True: "yes", False: "no", None: ""}[row.met]
        table.add_row(row.what, _measured(row), _goal(row), met, row.original)
    Console().print(table)


def _measured(row: Row) -> str:
    return f"{row.value:,.3g} {row.unit}" if row.value < 1000 else f"{row.value:,.0f} {row.unit}"


def _goal(row: Row) -> str:
    sign = "≥" if row.higher_is_better else "≤"
    return "–" if row.goal is None else f"{sign} {row.goal:,g} {row.unit}"
