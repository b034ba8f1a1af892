"""A worker that is killed while it imports something: ``python -m tests.faults.doomed_importer STEP kill``."""

from pmd_service.imports import groups, posts, run, undoing
from pmd_service.imports.making import Making
from pmd_service.imports.report import Reporter
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

TOGETHER = 8

REPORT_STEPS: dict[str, Step] = {
    "claiming": (lease, "claim", True),
    "items written": (Reporter, "add", False),
}
MAKING_STEPS: dict[str, Step] = {
    "claimed": (lease, "claim", False),
    "unpacked": (groups, "_take", False),
    "files made": (groups, "make_files", False),
    "recorded": (Making, "record_in", False),
    "posts stored": (posts, "keep", True),
    "about to commit": (posts, "keep", False),
    "posts made": (groups, "make_posts", False),
    "a group made": (run, "make_group", False),
}
UNDOING_STEPS: dict[str, Step] = {
    "settled": (undoing, "_settle", False),
    "some undone": (run, "undo_next", False),
}

if __name__ == "__main__":
    run.MADE_TOGETHER = TOGETHER
    main(REPORT_STEPS | MAKING_STEPS | UNDOING_STEPS, Queue.IMPORTS)
