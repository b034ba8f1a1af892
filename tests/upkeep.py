"""The worker's steps of upkeep as it has them: by name, and only if there is anything to do."""

from pmd_service.jobs import STEPS
from pmd_service.work.context import WorkerContext


async def run_step(worker: WorkerContext, name: str) -> None:
    """What the upkeep does when this step's time has come."""
    (step,) = (step for step in STEPS if step.name == name)
    if step.only_if is None or await worker.pool.fetchval(f"SELECT {step.only_if}"):
        await step.run(worker)
