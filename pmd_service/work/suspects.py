"""Rows whose workers have died more than once run in a process of their own.

What is in company when a process dies is innocent at first: it has only lost a lease. Who has lost two may be the one
that eats all the memory, and would take its neighbours along again; in a process of its own it dies alone.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from typing import Any

from ..ops.settings import Settings, environment
from ..ops.telemetry import log
from .kind import Kind

SUSPECT_AFTER = 2
SUSPECTS_AT_ONCE = 2
START_SECONDS = 60.0
STOP_SECONDS = 8.0


async def run_alone(settings: Settings, kind: Kind[Any], row_id: str) -> None:
    """Run one attempt in a child process and wait for its end, however it ends; cancelled, the child hands over.

    The child ends with us, too: it listens at a pipe that closes when we are gone.
    """
    command = (sys.executable, "-m", "pmd_service.alone", kind.name, row_id)
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    try:
        # The child keeps the kind's time limit itself; one that does not is frozen.
        await asyncio.wait_for(child.wait(), kind.time_limit_seconds + START_SECONDS)
    except TimeoutError:
        log.error("suspect_frozen", kind=kind.name)
    finally:
        await asyncio.shield(_stop(child))
    log.info("suspect_ended", kind=kind.name, exit_code=child.returncode)


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
