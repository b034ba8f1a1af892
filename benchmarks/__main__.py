"""Measures every row, prints the table and writes ``benchmarks/results.json``."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from pmd_service.ops.process import prepare_process

from . import (
    actions,
    archives,
    assets_page,
    beside_videos,
    cancel,
    comments,
    download,
    event_latency,
    fixed_cost,
    libraries,
    light_table,
    line,
    media_faith,
    neighbours,
    pack_export,
    page_speed,
    posts_page,
    pushing,
    ready_latency,
    subscribers,
    sweep,
    turns,
    uploads,
    watched_folder,
    workers,
)
from .runner import Row, print_table, write_report
from .world import running

BENCHMARKS = {
    "ready_latency": ready_latency,
    "event_latency": event_latency,
    "fixed_cost": fixed_cost,
    "actions": actions,
    "archives": archives,
    "download": download,
    "workers": workers,
    "comments": comments,
    "turns": turns,
    "line": line,
    "neighbours": neighbours,
    "uploads": uploads,
    "pushing": pushing,
    "watched_folder": watched_folder,
    "cancel": cancel,
    "beside_videos": beside_videos,
    "media_faith": media_faith,
    "subscribers": subscribers,
    "pack_export": pack_export,
    "assets_page": assets_page,
    "sweep": sweep,
    "page_speed": page_speed,
    "light_table": light_table,
    # Last: they fill the database.
    "posts_page": posts_page,
    "libraries": libraries,
}


# What takes longer waits for something that does not come.
MOST_SECONDS = 600
# But for two million files and a million posts, which are made once.
MOST_BIG_SECONDS = 7200


async def run(names: list[str], *, is_quick: bool = False, is_big: bool = False) -> tuple[list[Row], list[str]]:
    """The rows, and the names of what could not be measured: one broken benchmark does not take the others with it."""
    rows: list[Row] = []
    failed: list[str] = []
    # Beside the tree, not in /tmp: that may be memory, and a copy to memory is no measure for a build on disk.
    folder = _var() / "bench-big" if is_big else Path(tempfile.mkdtemp(prefix="bench-", dir=_var()))
    try:
        async with running(folder, is_quick=is_quick, is_big=is_big) as world:
            for name in names:
                print(f"{name} …", flush=True)
                try:
                    async with asyncio.timeout(MOST_BIG_SECONDS if is_big else MOST_SECONDS):
                        rows += await BENCHMARKS[name].measure(world)
                except Exception:
                    traceback.print_exc()
                    failed.append(name)
    finally:
        if not is_big:
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
    parser.add_argument("--big", action="store_true", help="two million files of one user; the report is not written")
    arguments = parser.parse_args()
    if arguments.big:
        arguments.names = ["libraries"]
    prepare_process()
    rows, failed = asyncio.run(run(arguments.names or list(BENCHMARKS), is_quick=arguments.quick, is_big=arguments.big))
    print_table(rows)
    if not (arguments.names or arguments.quick):
        write_report(rows, failed)
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
