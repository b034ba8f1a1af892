"""A server that is killed at a named step of a request: ``python -m tests.faults.doomed_server STEP kill``."""

import os
import signal
import sys

from pmd_service.http.once import Once
from pmd_service.work.queue import Queues
from server import main

from .doomed_worker import Step, doom

STEPS: dict[str, Step] = {
    "answer written": (Once, "end", False),
    "committed": (Queues, "put", True),
}


if __name__ == "__main__":
    doom(STEPS[sys.argv[1]], lambda: os.kill(os.getpid(), signal.SIGKILL))
    main()
