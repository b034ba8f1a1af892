"""A task that runs as long as its process, and fails."""

import asyncio
import subprocess
import sys

import pytest

from pmd_service.base.critical import create_critical_task

from ..hang import HANG_SECONDS

# A process that ends as ours do at SIGTERM.
PROCESS = """
import asyncio, signal
from pmd_service.base.critical import create_critical_task

async def fail():
    raise ValueError("unforeseen")

async def main():
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    task = create_critical_task(fail(), name="hub")
    await stopping.wait()
    print("stopped in order")

asyncio.run(main())
"""


def test_failed_critical_task_stops_the_process_and_logs_why() -> None:
    ran = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, timeout=HANG_SECONDS, check=True)
    assert b"stopped in order" in ran.stdout
    assert b"task_failed" in ran.stdout + ran.stderr


@pytest.mark.parametrize("is_done", [True, False])
async def test_ended_or_cancelled_critical_task_stops_nothing(ended: list[str], is_done: bool) -> None:
    task = create_critical_task(asyncio.sleep(0 if is_done else 3600), name="hub")
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended == []
