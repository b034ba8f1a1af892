"""A worker that meets its fate while it looks at files: ``python -m tests.faults.doomed_looker STEP kill|freeze``."""

from pmd_service.uploads import look
from pmd_service.uploads.intake import Intake
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {
    "look claimed": (lease, "claim", False),
    "others taken along": (look, "_take_along", False),
    "about to settle": (Intake, "settle", True),
    "previews stored": (Intake, "store_previews", False),
    "bytes moved": (Intake, "store_files", False),
    "line settled": (Intake, "_settle_lines", False),
    "settled": (Intake, "settle", False),
}

if __name__ == "__main__":
    main(STEPS, Queue.LOOKING)
