"""Measures every row, prints the table and writes ``benchmarks/results.json``."""

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

from . import build_large, ready_latency
from .runner import Row, print_table, write_report
from .world import running

BENCHMARKS = {
    "ready_latency": ready_latency,
    "build_large": build_large,
}


async def run(names: list[str]) -> list[Row]:
    rows = []
    # Beside the tree, not in /tmp: that may be memory, and a copy to memory is no measure for a build on disk.
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=_var()))
    try:
        async with running(folder) as world:
            for name in names:
                print(f"{name} …", flush=True)
                rows += await BENCHMARKS[name].measure(world)
    finally:
        shutil.rmtree(folder)
    return rows


def _var() -> Path:
    var = Path(__file__).parent.parent / "var"
    var.mkdir(exist_ok=True)
    return var


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="only these; the report is not written")
    names = parser.parse_args().names
    rows = asyncio.run(run(names or list(BENCHMARKS)))
    print_table(rows)
    if not names:
        write_report(rows)


if __name__ == "__main__":
    main()
