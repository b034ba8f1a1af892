"""A worker that is killed while it publishes a draft: ``python -m tests.faults.doomed_publisher STEP kill``."""

from pmd_service.desk import publish
from pmd_service.vault import Vault
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {
    "claiming": (lease, "claim", True),
    "claimed": (lease, "claim", False),
    "copy begun": (Vault, "begin", False),
    "publishing": (publish, "_publish", True),
    "post inserted": (publish, "insert_post", False),
    "draft settled": (publish, "_publish", False),
    "published": (publish, "_make_post", False),
}

if __name__ == "__main__":
    main(STEPS, Queue.PUBLISHING)
