"""A worker that is killed while it does a task: ``python -m tests.faults.doomed_tasker STEP kill``."""

from pmd_service.tasks import results, run
from pmd_service.vault import Vault
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {
    "claiming": (lease, "claim", True),
    "claimed": (lease, "claim", False),
    "made": (run._Attempt, "_make", False),
    "probed": (run._Attempt, "_probe", False),
    "a preview stored": (Vault, "put", False),
    "bytes stored": (results, "add_asset", True),
    "file added": (results, "add_asset", False),
    "record written": (run._Attempt, "_report", False),
    "published": (run._Attempt, "_publish", False),
}

if __name__ == "__main__":
    main(STEPS, Queue.PROBES, Queue.TASKS)  # as MediaSettings: tasks are not its first queue
