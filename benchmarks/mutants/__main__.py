"""Run the mutants, or those of some rooms; exit code 1 where too many survive."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from .mutant import Mutant
from .overlay import Overlay

_NAMES = """
identity events work outbox downloads archive sparse http uploads library posts media engines tasks workbench packs
sharing vault site console rest
"""
ROOMS: dict[str, Sequence[Mutant]] = {name: import_module(f"{__package__}.{name}").MUTANTS for name in _NAMES.split()}
GOAL = 0.98


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}; all without one")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--match", default="", help="only those whose text has this")
    options = parser.parse_args()
    if unknown := set(options.rooms) - set(ROOMS):
        parser.error(f"no such room: {', '.join(sorted(unknown))}")
    chosen = [
        mutant for room in options.rooms or ROOMS for mutant in ROOMS[room] if options.match in f"{mutant}{mutant.old}"
    ]
    equivalent = [mutant for mutant in chosen if mutant.equivalent]
    for mutant in equivalent:
        print(f"equivalent  {mutant} ({mutant.equivalent})")
    run = [mutant for mutant in chosen if not mutant.equivalent]
    if not run:
        parser.error("no mutant is left to run")
    survived = survivors(run, jobs=options.jobs)
    killed = len(run) - len(survived)
    print(f"{killed} of {len(run)} killed ({killed / len(run):.0%}), {len(equivalent)} equivalent")
    for mutant in survived:
        print(f"survived    {mutant}")
    return int(killed < GOAL * len(run))


def survivors(mutants: Sequence[Mutant], *, jobs: int) -> list[Mutant]:
    """The mutants that no test has noticed.

    Raises:
        RuntimeError: the tests fail without any fault, so that their failing would prove nothing.
    """
    with TemporaryDirectory(prefix="pmd-mutants-") as folder, ExitStack() as running:
        overlays: SimpleQueue[Overlay] = SimpleQueue()
        for number in range(jobs + 1):
            overlays.put(running.enter_context(Overlay(Path(folder, str(number)))))
        threads = running.enter_context(ThreadPoolExecutor(jobs + 1))

        def survives(mutant: Mutant) -> bool:
            overlay = overlays.get()
            try:
                with overlay.mutated(mutant):
                    lives = overlay.failure(mutant.tests) is None
            finally:
                overlays.put(overlay)
            print(f"{'SURVIVED' if lives else 'killed':10}  {mutant}", flush=True)
            return lives

        # Concurrent with the others: its output is read at the end.
        unchanged = threads.submit(overlays.get().failure, sorted({test for each in mutants for test in each.tests}))
        living = [mutant for mutant, lives in zip(mutants, threads.map(survives, mutants), strict=True) if lives]
        if failure := unchanged.result():
            raise RuntimeError(f"The tests fail without any fault; mend them first.\n{failure}")
        return living


if __name__ == "__main__":
    sys.exit(main())
