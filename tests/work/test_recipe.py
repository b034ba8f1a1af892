"""CONTRIBUTING.md, “A new kind of background work”, followed literally: its blocks as they are."""

from types import ModuleType
from typing import Any

import pytest

from pmd_service.work.attempts import list_attempts
from pmd_service.work.context import WorkerContext
from pmd_service.work.orders import carry_out
from pmd_service.work.registry import read_kinds, register_kinds
from pmd_service.work.runner import Runner

from ..recipe import blocks
from ..site import Site

TITLE = "A new kind of background work"


@pytest.fixture
async def recipe(site: Site) -> Any:
    """What a newcomer has written after these steps."""
    (table,) = blocks(TITLE, "sql")
    await site.pool.execute(table)
    module = ModuleType("greetings")
    for block in blocks(TITLE, "python"):
        exec(block, module.__dict__)
    return module


async def test_recipe_kind_is_registered_run_retried_and_shown(site: Site, worker: WorkerContext, recipe: Any) -> None:
    kind = recipe.GREETINGS
    user = await site.add_user()
    await register_kinds(site.pool, [kind], running_per_user=2)
    assert kind.name in {each.name for each in await read_kinds(site.pool)}
    async with site.pool.acquire() as connection, connection.transaction():
        greeting = await recipe.add_greeting(connection, user)
    assert await Runner(worker, [kind]).run_next(kind)
    row = await site.pool.fetchrow("SELECT status, text FROM greetings WHERE id = $1", greeting)
    assert row is not None
    assert tuple(row) == ("ready", f"Hello, {user}.")
    (attempt,) = await list_attempts(site.pool, kind.name, str(greeting))
    assert attempt.outcome == "done"
    assert await site.pool.fetchval("SELECT count(*) FROM work") == 0


async def test_recipe_kind_gets_the_shared_features(site: Site, worker: WorkerContext, recipe: Any) -> None:
    kind = recipe.GREETINGS
    user = await site.add_user()
    await register_kinds(site.pool, [kind], running_per_user=2)
    async with site.pool.acquire() as connection, connection.transaction():
        greeting = await recipe.add_greeting(connection, user)
    await site.pool.execute("ALTER TABLE greetings ADD CHECK (text IS NULL)")
    await site.pool.execute("UPDATE work SET faults = $1", kind.max_retries)
    assert await Runner(worker, [kind]).run_next(kind)
    row = await site.pool.fetchrow("SELECT status, error FROM greetings")
    assert row is not None
    assert tuple(row) == ("failed", kind.gave_up_message)
    await site.pool.execute(
        "INSERT INTO operator_log (via, action, kind, row_id) VALUES ('command', 'retry', $1, $2)",
        kind.name,
        str(greeting),
    )
    assert await carry_out(site.pool, worker.queues, [kind]) == 1
    row = await site.pool.fetchrow("SELECT status, state, faults FROM greetings, work")
    assert row is not None
    assert tuple(row) == ("pending", "waiting", 0)
