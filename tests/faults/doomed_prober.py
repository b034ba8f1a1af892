"""A worker that is killed or frozen while it probes files: ``… STEP kill|freeze``."""

from pmd_service.uploads import probe
from pmd_service.uploads.intake import Intake
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {
    "probe claimed": (lease, "claim", False),
    "others taken along": (probe, "_claim_batch", False),
    "about to settle": (Intake, "settle", True),
    "previews stored": (Intake, "store_previews", False),
    "bytes moved": (Intake, "store_files", False),
    "line settled": (Intake, "_settle_lines", False),
    "settled": (Intake, "settle", False),
}

if __name__ == "__main__":
    main(STEPS, Queue.PROBES)
