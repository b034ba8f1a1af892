"""Rows whose workers have died more than once run in a child process of their own.

Every row that was running when a process died has lost a lease, most of them innocently. A row that has lost two may be
the one that exhausts the memory; in its own process it cannot take others down again.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from typing import Any

from ..base.settings import Settings, environment
from ..base.telemetry import log
from .claimed import Claimed
from .kind import Kind

MAX_SUSPECTS = 2
START_SECONDS = 60.0
STOP_SECONDS = 3.0  # the worker has drained for five seconds by then, and has ten in all


async def run_isolated(settings: Settings, kind: Kind[Any], claimed: Claimed[Any]) -> None:
    """Run the attempt in a child process and wait until it exits; when cancelled, the child hands its row over.

    The child keeps the read end of a pipe and stops when it closes, so it does not outlive this process.
    """
    command = (sys.executable, "-m", "pmd_service.isolated", kind.name, str(claimed.work.token))
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    try:
        # The child enforces the kind's time limit itself; one that exceeds it is frozen.
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
