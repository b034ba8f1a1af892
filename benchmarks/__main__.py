"""Measures every row, prints the table and writes ``benchmarks/results.json``."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pmd_service.ops.process import prepare_process

from .runner import Row, print_table, write_report
from .world import running

# In this order: the last two fill the database.
_NAMES = """
ready_latency event_latency fixed_cost actions archives download workers comments turns line neighbours uploads pushing
watched_folder cancel beside_videos media_faith export_faith sound_tasks subscribers pack_export assets_page sweep
page_speed light_table bulk_changes moving posts_page libraries
"""
BENCHMARKS: dict[str, ModuleType] = {name: import_module(f"{__package__}.{name}") for name in _NAMES.split()}

# A benchmark that takes longer hangs; the neighbours try each pair of some hundred routes.
MOST_SECONDS = 1500
# For two million files and a million posts, which are created once.
MOST_BIG_SECONDS = 7200


async def run(names: list[str], *, is_quick: bool = False, big: int | None = None) -> tuple[list[Row], list[str]]:
    """The rows, and the names of what could not be measured: a broken benchmark does not stop the others.

    Args:
        big: how many files the large library has, which is kept for the next time.
    """
    rows: list[Row] = []
    failed: list[str] = []
    # Next to the tree, not in /tmp, which may be in memory: these are measurements of a disk.
    folder = _var() / "bench-big" if big else Path(tempfile.mkdtemp(prefix="bench-", dir=_var()))
    try:
        async with running(folder, is_quick=is_quick, library_size=big or 50_000) as world:
            for name in names:
                print(f"{name} …", flush=True)
                try:
                    async with asyncio.timeout(MOST_BIG_SECONDS if big else MOST_SECONDS):
                        rows += await BENCHMARKS[name].measure(world)
                except Exception:
                    traceback.print_exc()
                    failed.append(name)
    finally:
        if not big:
            shutil.rmtree(folder)
    return rows, failed


def _var() -> Path:
    var = Path(__file__).parent.parent / "var"
    var.mkdir(exist_ok=True)
    return var


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="only these; the report is not written")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, for a look; the report is not written")
    parser.add_argument("--big", type=int, metavar="FILES", help="so many files of one user; the report is not written")
    arguments = parser.parse_args()
    if arguments.big:
        arguments.names = ["libraries"]
    prepare_process()
    rows, failed = asyncio.run(run(arguments.names or list(BENCHMARKS), is_quick=arguments.quick, big=arguments.big))
    print_table(rows)
    if not (arguments.names or arguments.quick):
        write_report(rows, failed)
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
