"""A worker that is killed while it verifies files: ``python -m tests.faults.doomed_scrubber reading kill``."""

from pmd_service.jobs import UPKEEP
from pmd_service.library import scrub

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {"reading": (scrub, "_find_fault", True)}

if __name__ == "__main__":
    main(STEPS, *UPKEEP)
